import Tandem

// What servers, clients and tests call the bank's methods by, and what the messages are.

extension Bank {
    public static let open = Command<Bank_V1_OpenRequest, Bank_V1_Receipt>("bank.v1.Accounts/Open")
    public static let deposit = Command<Bank_V1_DepositRequest, Bank_V1_Receipt>(
        "bank.v1.Accounts/Deposit")
    public static let withdraw = Command<Bank_V1_WithdrawRequest, Bank_V1_Receipt>(
        "bank.v1.Accounts/Withdraw")
    public static let transfer = Command<Bank_V1_TransferRequest, Bank_V1_Receipt>(
        "bank.v1.Accounts/Transfer")

    public static let get = Query<Bank_V1_GetRequest, Bank_V1_Account>("bank.v1.Accounts/Get")
    public static let listOfBranch = Listing<Bank_V1_ListOfBranchRequest, Bank_V1_Account>(
        "bank.v1.Accounts/ListOfBranch")
    public static let listByBalance = Listing<Bank_V1_ListByBalanceRequest, Bank_V1_Account>(
        "bank.v1.Accounts/ListByBalance")
}

extension Bank_V1_Opened: Event {
    public static let stream = EventStream("account", \Self.accountID)
}
extension Bank_V1_Deposited: Event {
    public static let stream = EventStream("account", \Self.accountID)
}
extension Bank_V1_Withdrawn: Event {
    public static let stream = EventStream("account", \Self.accountID)
}

extension Bank_V1_Account: Document {
    public static let key = Key(\Self.accountID)
    static let byBranch = Index<Self>(
        "by_branch", .ascending(\.branch, byteCount: 24), .descending(\.balanceMinor))
    static let byBalance = Index<Self>("by_balance", .descending(\.balanceMinor))
    public static let indexes = [byBranch, byBalance]
}

extension Bank_V1_ListOfBranchRequest: PageRequest {}
extension Bank_V1_ListByBalanceRequest: PageRequest {}
