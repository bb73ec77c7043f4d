import Bank
import TandemClient

/// Opens an account at the bank-server of this machine, or of a host that is named, pays in, and
/// takes out more than there is.
@main
struct Main {
    static func main() async {
        var configuration = TandemConfiguration()
        if let host = CommandLine.arguments.dropFirst().first,
            let command = ServerAddress(host: host, port: 7_401),
            let query = ServerAddress(host: host, port: 7_402)
        {
            configuration.commandAddress = command
            configuration.queryAddress = query
        }
        let client = TandemClient(Bank().methods, configuration: configuration)
        do {
            try await client.send(Bank.open, .with { $0.accountID = 7; $0.branch = "Harbour" })
            let receipt = try await client.send(
                Bank.deposit, .with { $0.accountID = 7; $0.amountMinor = 500 })
            print("balance \(receipt.balanceMinor), done before: \(receipt.isReplay)")

            // Waits until the read side has seen what this client has done.
            let account = try await client.ask(Bank.get, .with { $0.accountID = 7 })
            print("in the document: \(account.balanceMinor)")
            let branch = client.items(Bank.listOfBranch, .with { $0.branch = "Harbour" })
            for try await account in branch {
                print("account \(account.accountID) of the branch: \(account.balanceMinor)")
            }

            try await client.send(Bank.withdraw, .with { $0.accountID = 7; $0.amountMinor = 501 })
        } catch {
            // A TandemError: FAILED_PRECONDITION OVERDRAWN account 7 has 500
            print(error.code, error.reason, error.message)
        }
        await client.close()
    }
}
