import ArgumentParser
import OrdersClient
import TandemClient
import TandemCore

/// `tandem user …`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Register, show and change users.",
        discussion: """
            EXAMPLES
              tandem user register --email ada@example.com --name 'Ada Lovelace'
              tandem user get 1
              tandem user find ada@example.com
              tandem user change-email 1 ada@lovelace.example
            """,
        subcommands: [
            Register.self, Get.self, Find.self, List.self, Rename.self, ChangeEmail.self,
            Summary.self,
        ])

    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a user.",
            discussion: """
                An e-mail address belongs to one user only, whatever its case.

                EXAMPLES
                  tandem user register --email ada@example.com --name 'Ada Lovelace'
                  tandem user register --id 42 --email bob@example.com --name Bob --json
                """)

        @Option(help: "The e-mail address.") var email: String
        @Option(help: "The name, 1 to 200 bytes.") var name: String
        @Option(help: "The id, a whole number from 1. (default: the next free one)")
        var id: UserID?
        @OptionGroup var key: KeyOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.registerUser(
                    NewUser(id: id, email: email, name: name), options: key.callOptions)
                try options.showReceipt(
                    answer, answer.value.members, "user \(answer.id) registered")
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a user.",
            discussion: """
                EXAMPLES
                  tandem user get 1
                  tandem user get 1 --at-least 00c0ffee00c0ffee-17 --json
                """)

        @Argument(help: "The user's id, a whole number from 1.") var id: UserID
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.user(id, options: read.callOptions)
                options.show(user: answer)
            }
        }
    }

    struct Find: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the user who has an e-mail address.",
            discussion: """
                The case of the letters A to Z doesn't count.

                EXAMPLES
                  tandem user find ada@example.com
                  tandem user find ada@example.com --json
                """)

        @Argument(help: "The e-mail address.") var email: String
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.user(email: email, options: read.callOptions)
                options.show(user: answer)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List users by id.",
            discussion: """
                EXAMPLES
                  tandem user list --page-size 10
                  tandem user list --all --json
                """)

        @OptionGroup var paging: PagingOptions
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                try await paging.show(
                    options, name: "users", columns: User.columns, cells: \.cells, json: \.json
                ) { size, cursor throws(TandemError) in
                    try await client.usersPage(
                        pageSize: size, after: cursor, options: read.callOptions)
                }
            }
        }
    }

    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a user's name, on all their orders too.",
            discussion: """
                EXAMPLE
                  tandem user rename 1 'Ada King'
                """)

        @Argument(help: "The user's id, a whole number from 1.") var id: UserID
        @Argument(help: "The new name, 1 to 200 bytes.") var name: String
        @OptionGroup var change: ChangeOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.renameUser(
                    id, to: name, expectedVersion: change.expectedVersion,
                    options: change.callOptions)
                try options.showReceipt(answer, answer.value.members, "user \(answer.id) renamed")
            }
        }
    }

    struct ChangeEmail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "change-email",
            abstract: "Change a user's e-mail address, on all their orders too.",
            discussion: """
                EXAMPLE
                  tandem user change-email 1 ada@lovelace.example
                """)

        @Argument(help: "The user's id, a whole number from 1.") var id: UserID
        @Argument(help: "The new e-mail address.") var email: String
        @OptionGroup var change: ChangeOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.changeUserEmail(
                    id, to: email, expectedVersion: change.expectedVersion,
                    options: change.callOptions)
                try options.showReceipt(
                    answer, answer.value.members, "e-mail address of user \(answer.id) changed")
            }
        }
    }
}

extension GlobalOptions {
    /// A query's answer about a user.
    fileprivate func show(user answer: Answer<User>) {
        var table = Table(User.columns)
        table.add(answer.value.cells)
        showDocument(answer, answer.value.json, table.text)
    }
}

extension UserReceipt {
    fileprivate var members: [JSON.Member] {
        [
            JSON.Member(name: "user_id", value: JSON(id.rawValue)),
            JSON.Member(name: "version", value: JSON(version)),
        ]
    }
}
