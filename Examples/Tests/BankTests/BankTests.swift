import Bank
import Tandem
import TandemClient
import TandemTestKit
import Testing

struct BankTests {
    @Test func `money that is deposited is an event, and in the document`() throws {
        let bank = try TestDomain(Bank()).given(opened(7))
        try bank.when(Bank.deposit, .with { $0.accountID = 7; $0.amountMinor = 500 })
            .then(deposited(500, to: 7))
            .thenReply(.with { $0.accountID = 7; $0.balanceMinor = 500 })
        try bank.then(
            Bank_V1_Account.with {
                $0.accountID = 7
                $0.owner = "Ada"
                $0.branch = "Harbour"
                $0.balanceMinor = 500
                $0.movements = 1
            })
    }

    @Test func `no balance falls below what its owner may overdraw`() throws {
        let bank = try TestDomain(Bank()).given(opened(7, overdraft: 100), deposited(50, to: 7))
        try bank.when(Bank.withdraw, .with { $0.accountID = 7; $0.amountMinor = 151 })
            .thenRejected("OVERDRAWN", .failedPrecondition)
        try bank.when(Bank.withdraw, .with { $0.accountID = 7; $0.amountMinor = 150 })
            .thenReply(.with { $0.accountID = 7; $0.balanceMinor = -100 })
    }

    @Test func `a transfer takes from one account what it gives to another, or nothing`() throws {
        let bank = try TestDomain(Bank()).given(opened(1), opened(2), deposited(80, to: 1))
        let transfer = Bank_V1_TransferRequest.with {
            $0.fromAccountID = 1
            $0.toAccountID = 2
            $0.amountMinor = 60
        }
        try bank.when(Bank.transfer, transfer).then(
            Bank_V1_Withdrawn.with { $0.accountID = 1; $0.amountMinor = 60; $0.toAccountID = 2 },
            deposited(60, to: 2, from: 1))
        try bank.when(Bank.transfer, transfer).thenRejected("OVERDRAWN")
        #expect(try bank.document(Bank_V1_Account.self, 1)?.balanceMinor == 20)
        #expect(try bank.document(Bank_V1_Account.self, 2)?.balanceMinor == 60)
    }

    @Test func `a transfer to the same account leaves its balance as it was`() throws {
        let bank = try TestDomain(Bank()).given(opened(1), deposited(80, to: 1))
        try bank.when(
            Bank.transfer,
            .with { $0.fromAccountID = 1; $0.toAccountID = 1; $0.amountMinor = 60 }
        ).thenReply(.with { $0.accountID = 1; $0.balanceMinor = 80 })
    }

    @Test(arguments: [0, -1, 1_000_000_000_001])
    func `an amount is positive, and not absurd`(_ amount: Int64) throws {
        let bank = try TestDomain(Bank()).given(opened(7))
        try bank.when(Bank.deposit, .with { $0.accountID = 7; $0.amountMinor = amount })
            .thenRejected("INVALID_AMOUNT_MINOR", .invalidArgument)
    }

    @Test func `an account is opened once, and used by nobody before`() throws {
        let bank = try TestDomain(Bank())
        try bank.when(Bank.deposit, .with { $0.accountID = 7; $0.amountMinor = 5 })
            .thenRejected("UNKNOWN_ACCOUNT", .notFound)
        try bank.given(Bank.open, .with { $0.accountID = 7 })
        try bank.when(Bank.open, .with { $0.accountID = 7 })
            .thenRejected("ACCOUNT_EXISTS", .alreadyExists)
    }

    @Test func `a branch's accounts are listed with the richest first`() throws {
        let bank = try TestDomain(Bank())
        for id: UInt64 in 1...6 {
            try bank.given(
                opened(id, branch: id % 2 == 0 ? "Harbour" : "Market"),
                deposited(Int64(id * 10), to: id))
        }
        let branch = try bank.list(
            Bank.listOfBranch, .with { $0.branch = "Harbour"; $0.pageSize = 2 })
        #expect(branch.map(\.accountID) == [6, 4, 2])
        let rich = try bank.list(Bank.listByBalance, .with { $0.minimumMinor = 40 })
        #expect(rich.map(\.accountID) == [6, 5, 4])
        #expect(try bank.list(Bank.listByBalance, .init()).count == 6)
    }

    @Test func `a client sees what it has done`() async throws {
        try await withTestServer(Bank()) { client in
            try await client.send(Bank.open, .with { $0.accountID = 7; $0.branch = "Harbour" })
            try await client.send(Bank.deposit, .with { $0.accountID = 7; $0.amountMinor = 500 })
            let account = try await client.ask(Bank.get, .with { $0.accountID = 7 })
            #expect(account.balanceMinor == 500)
            let error = await #expect(throws: TandemError.self) {
                try await client.ask(Bank.get, .with { $0.accountID = 8 })
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `a command that is repeated under its key happens once`() async throws {
        try await withTestServer(Bank()) { client in
            try await client.send(Bank.open, .with { $0.accountID = 7 })
            let deposit = Bank_V1_DepositRequest.with { $0.accountID = 7; $0.amountMinor = 500 }
            let key = IdempotencyKey.fresh()
            try await client.send(Bank.deposit, deposit, options: CallOptions(key: key))
            // As a program does that has kept the key's text, and was killed meanwhile.
            let kept = try #require(IdempotencyKey(key.description))
            let again = try await client.send(
                Bank.deposit, deposit, options: CallOptions(key: kept))
            #expect(again.isReplay)
            #expect(again.balanceMinor == 500)
        }
    }

    private func opened(
        _ id: UInt64, branch: String = "Harbour", overdraft: Int64 = 0
    ) -> Bank_V1_Opened {
        .with {
            $0.accountID = id
            $0.owner = "Ada"
            $0.branch = branch
            $0.overdraftLimitMinor = overdraft
        }
    }

    private func deposited(_ amount: Int64, to id: UInt64, from: UInt64 = 0) -> Bank_V1_Deposited {
        .with {
            $0.accountID = id
            $0.amountMinor = amount
            $0.fromAccountID = from
        }
    }
}
