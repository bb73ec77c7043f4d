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

    public init() {}

    public var commands: [On<NoTables>] {
        On(Bank.open, Bank.account, \.accountID) { request, account, log in
            guard account == nil else { throw Rejection.exists("account", request.accountID) }
            try check(request.overdraftLimitMinor, atLeast: 0, "overdraft_limit_minor")
            try log.append(
                Bank_V1_Opened.with {
                    $0.accountID = request.accountID
                    $0.owner = request.owner
                    $0.branch = request.branch
                    $0.overdraftLimitMinor = request.overdraftLimitMinor
                })
            return try log.receipt(request.accountID)
        }

        On(Bank.deposit) { request, _, log in
            try log.deposit(request.amountMinor, to: request.accountID)
            return try log.receipt(request.accountID)
        }

        On(Bank.withdraw) { request, _, log in
            try log.withdraw(request.amountMinor, from: request.accountID)
            return try log.receipt(request.accountID)
        }

        On(Bank.transfer) { request, _, log in
            let (from, to) = (request.fromAccountID, request.toAccountID)
            // What turns the second down undoes the first, too.
            try log.withdraw(request.amountMinor, from: from, to: to)
            try log.deposit(request.amountMinor, to: to, from: from)
            return try log.receipt(from)
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
        List(Bank.listByBalance) {
            try Bank_V1_Account.byBalance.range(from: $0.hasMinimumMinor ? $0.minimumMinor : nil)
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
}

extension EventLog {
    /// - Parameter other: the account that it comes from, or 0.
    mutating func deposit(_ amount: Int64, to id: UInt64, from other: UInt64 = 0) throws {
        try check(amount, atLeast: 1, "amount_minor")
        let balance = try get(Bank.account, id).balanceMinor
        // So that no sum of what there is can overflow.
        guard balance <= 1_000_000_000_000_000 else {
            throw Rejection.refused("TOO_RICH", "account \(id) has \(balance) already")
        }
        try append(
            Bank_V1_Deposited.with {
                $0.accountID = id
                $0.amountMinor = amount
                $0.fromAccountID = other
            })
    }

    /// - Parameter other: the account that it goes to, or 0.
    mutating func withdraw(_ amount: Int64, from id: UInt64, to other: UInt64 = 0) throws {
        try check(amount, atLeast: 1, "amount_minor")
        let account = try get(Bank.account, id)
        guard account.balanceMinor - amount >= -account.overdraftLimitMinor else {
            throw Rejection.refused("OVERDRAWN", "account \(id) has \(account.balanceMinor)")
        }
        try append(
            Bank_V1_Withdrawn.with {
                $0.accountID = id
                $0.amountMinor = amount
                $0.toAccountID = other
            })
    }

    func receipt(_ id: UInt64) throws -> Bank_V1_Receipt {
        let account = try get(Bank.account, id)
        return .with {
            $0.accountID = id
            $0.balanceMinor = account.balanceMinor
        }
    }
}

private func check(_ amount: Int64, atLeast least: Int64, _ field: String) throws {
    guard (least...1_000_000_000_000).contains(amount) else {
        throw Rejection.invalid(field, "must be \(least) to 1,000,000,000,000")
    }
}
