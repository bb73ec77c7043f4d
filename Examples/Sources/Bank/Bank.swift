import Tandem

/// A bank whose accounts' state is folded from their events: no tables.
public struct Bank: Domain {
    public let name = "bank.v1"
    public let methods: [any Method] = [
        Bank.open, Bank.deposit, Bank.withdraw, Bank.transfer, Bank.get, Bank.listOfBranch,
        Bank.listByBalance,
    ]
    public let events: [any Event.Type] = [
        Bank_V1_Opened.self, Bank_V1_Deposited.self, Bank_V1_Withdrawn.self,
    ]
    public let documents: [any Document.Type] = [Bank_V1_Account.self]
    public let fileDescriptors = [bankFiles]

    public init() {}

    public var commands: [On<NoTables>] {
        On(Bank.open, Bank.account, \.accountID) { request, account, log in
            guard account == nil else { throw Rejection.exists("account", request.accountID) }
            guard (0...1_000_000_000_000).contains(request.overdraftLimitMinor) else {
                throw Rejection.invalid("overdraft_limit_minor", "must be 0 to 1,000,000,000,000")
            }
            try log.append(
                Bank_V1_Opened.with {
                    $0.accountID = request.accountID
                    $0.owner = request.owner
                    $0.branch = request.branch
                    $0.overdraftLimitMinor = request.overdraftLimitMinor
                })
            return .with { $0.accountID = request.accountID }
        }

        On(Bank.deposit, Bank.account, \.accountID) { request, account, log in
            guard account != nil else { throw Rejection.notFound("account", request.accountID) }
            try Bank.deposit(request.amountMinor, to: request.accountID, from: 0, &log)
            return try Bank.receipt(request.accountID, log)
        }

        On(Bank.withdraw, Bank.account, \.accountID) { request, account, log in
            try Bank.withdraw(request.amountMinor, from: request.accountID, to: 0, &log)
            return try Bank.receipt(request.accountID, log)
        }

        On(Bank.transfer) { request, _, log in
            let (from, to) = (request.fromAccountID, request.toAccountID)
            guard try log.state(of: Bank.account, to) != nil else {
                throw Rejection.notFound("account", to)
            }
            try Bank.withdraw(request.amountMinor, from: from, to: to, &log)
            try Bank.deposit(request.amountMinor, to: to, from: from, &log)
            return try Bank.receipt(from, log)
        }
    }

    public var views: [any View] {
        When(Bank_V1_Opened.self) { event, documents in
            try documents.save(
                Bank_V1_Account.with {
                    $0.accountID = event.accountID
                    $0.owner = event.owner
                    $0.branch = event.branch
                })
        }
        When(Bank_V1_Deposited.self) { event, documents in
            try documents.update(Bank_V1_Account.self, event.accountID) {
                $0.balanceMinor += event.amountMinor
                $0.movements += 1
            }
        }
        When(Bank_V1_Withdrawn.self) { event, documents in
            try documents.update(Bank_V1_Account.self, event.accountID) {
                $0.balanceMinor -= event.amountMinor
                $0.movements += 1
            }
        }
    }

    public var queries: [any QueryHandling] {
        Get(Bank.get, \.accountID)
        List(Bank.listOfBranch) { try Bank_V1_Account.byBranch.matching($0.branch) }
        List(Bank.listByBalance) { request in
            // The index goes from the highest balance down, and a range leaves its end out.
            request.hasMinimumMinor
                ? try Bank_V1_Account.byBalance.range(from: request.minimumMinor)
                : Bank_V1_Account.byBalance.all
        }
    }
}

// MARK: - What an account may do

extension Bank {
    static let account = Decider<Bank_V1_AccountState>("account") {
        Evolve(Bank_V1_Opened.self) { $0.overdraftLimitMinor = $1.overdraftLimitMinor }
        Evolve(Bank_V1_Deposited.self) { $0.balanceMinor += $1.amountMinor }
        Evolve(Bank_V1_Withdrawn.self) { $0.balanceMinor -= $1.amountMinor }
    }

    private static func deposit(
        _ amount: Int64, to id: UInt64, from other: UInt64, _ log: inout EventLog
    ) throws {
        try check(amount)
        // So that no sum of what there is can overflow.
        let balance = try log.state(of: Bank.account, id)?.balanceMinor ?? 0
        guard balance <= 1_000_000_000_000_000 else {
            throw Rejection.refused("TOO_RICH", "account \(id) has \(balance) already")
        }
        try log.append(
            Bank_V1_Deposited.with {
                $0.accountID = id
                $0.amountMinor = amount
                $0.fromAccountID = other
            })
    }

    private static func withdraw(
        _ amount: Int64, from id: UInt64, to other: UInt64, _ log: inout EventLog
    ) throws {
        guard let account = try log.state(of: Bank.account, id) else {
            throw Rejection.notFound("account", id)
        }
        try check(amount)
        guard account.balanceMinor - amount >= -account.overdraftLimitMinor else {
            throw Rejection.refused(
                "OVERDRAWN",
                "account \(id) has \(account.balanceMinor), and must keep "
                    + "\(-account.overdraftLimitMinor)")
        }
        try log.append(
            Bank_V1_Withdrawn.with {
                $0.accountID = id
                $0.amountMinor = amount
                $0.toAccountID = other
            })
    }

    private static func check(_ amount: Int64) throws {
        guard (1...1_000_000_000_000).contains(amount) else {
            throw Rejection.invalid("amount_minor", "must be 1 to 1,000,000,000,000")
        }
    }

    private static func receipt(_ id: UInt64, _ log: EventLog) throws -> Bank_V1_Receipt {
        let account = try log.state(of: Bank.account, id)
        return .with {
            $0.accountID = id
            $0.balanceMinor = account?.balanceMinor ?? 0
        }
    }
}
