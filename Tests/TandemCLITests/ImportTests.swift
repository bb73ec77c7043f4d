import OrdersClient
import OrdersMessages
import SwiftProtobuf
import TandemCLI
import TandemClient
import TandemCore
import Testing

@Suite struct ImportKeyTests {
    @Test func `a key depends on kind, id and content and on nothing else`() {
        let key = ImportKey.key(.orders, id: 5, content: [1, 2, 3])
        #expect(key == ImportKey.key(.orders, id: 5, content: [1, 2, 3]))
        #expect(key != ImportKey.key(.users, id: 5, content: [1, 2, 3]))
        #expect(key != ImportKey.key(.orders, id: 6, content: [1, 2, 3]))
        #expect(key != ImportKey.key(.orders, id: 5, content: [1, 2, 4]))
    }

    @Test func `keys never change from release to release`() {
        // A changed key would import everything twice; the value is that of the first release.
        let key = ImportKey.key(.orders, id: 5, content: [1, 2, 3])
        #expect(key.description == "a608681f7b3b8b559731641e68da6b7c")
    }

    @Test func `no key looks like one with a time in it`() {
        for id in 1...5_000 as ClosedRange<UInt64> {
            let digits = Array(ImportKey.key(.products, id: id, content: []).description)
            #expect(digits[12] == "8")
            #expect("89ab".contains(digits[16]))
        }
    }
}

@Suite struct ImportPhaseTests {
    private func rows(_ text: String) throws -> EntityRows {
        try EntityRows(
            .users, CSVReader(file: "u.csv", source: PiecesSource([Array(text.utf8)])))
    }

    private func phase(_ text: String, skipsBad: Bool) throws -> ImportPhase {
        ImportPhase(.users, rows: try rows(text), tally: ImportTally(), skipsBad: skipsBad)
    }

    private func rejection(_ code: StatusCode) -> TandemError {
        TandemError(code: code, reason: "TEST", message: "no", retry: .never)
    }

    private let threeUsers = "user_id,email,name\n1,a@b,A\nx,c@d,C\n3,e@f,E\n"

    @Test func `without skipping nothing after the first bad row is sent`() throws {
        let phase = try phase(threeUsers, skipsBad: false)
        #expect(phase.next() != nil)
        #expect(phase.next() == nil)
        #expect(phase.next() == nil)
        guard case .badRow(let problem) = phase.stop else {
            Issue.record("not stopped by a bad row")
            return
        }
        #expect(problem.line == 3)
        #expect(problem.column == 1)
    }

    @Test func `with skipping bad rows are counted and passed over`() throws {
        let phase = try phase(threeUsers, skipsBad: true)
        #expect(phase.next() != nil)
        #expect(phase.next() != nil)
        #expect(phase.next() == nil)
        #expect(phase.stop == nil)
        #expect(phase.tally.bad == 1)
    }

    @Test func `a rejection stops the import unless bad rows are skipped`() throws {
        for skipsBad in [false, true] {
            let phase = try phase("user_id,email,name\n1,a@b,A\n2,c@d,C\n", skipsBad: skipsBad)
            let command = try #require(phase.next())
            #expect(phase.received(.failure(rejection(.invalidArgument)), for: command) == nil)
            #expect((phase.next() != nil) == skipsBad)
            #expect(phase.tally.problems.map(\.description) == ["u.csv:2: user 1: no (TEST)"])
        }
    }

    @Test func `a rejection counts only when it is repeated under a fresh key`() throws {
        let phase = try phase("user_id,email,name\n1,a@b,A\n", skipsBad: false)
        let command = try #require(phase.next())
        let error = rejection(.notFound)
        let second = try #require(phase.replacement(for: command, after: error))
        #expect(second.tag == command.tag)
        #expect(second.body == command.body)
        #expect(second.key != command.key)
        #expect(phase.tally.bad == 0)
        #expect(phase.replacement(for: second, after: error) == nil)
        #expect(phase.received(.failure(error), for: second) == nil)
        #expect(phase.tally.bad == 1)
    }

    @Test func `what is there already and what may pass is not sent under a fresh key`() throws {
        let phase = try phase("user_id,email,name\n1,a@b,A\n", skipsBad: false)
        let command = try #require(phase.next())
        for code in [.alreadyExists, .unavailable, .resourceExhausted] as [StatusCode] {
            #expect(phase.replacement(for: command, after: rejection(code)) == nil)
        }
    }

    @Test func `what is there already counts only if it is the same`() throws {
        for (email, name, isSame) in [("a@b", "A", true), ("A@b", "A", false), ("a@b", "B", false)]
        {
            let phase = try phase("user_id,email,name\n1,a@b,A\n", skipsBad: true)
            let command = try #require(phase.next())
            let followUp = phase.received(.failure(rejection(.alreadyExists)), for: command)
            #expect(followUp == .user(1))
            let present = User(
                .with {
                    $0.userID = 1
                    $0.email = email
                    $0.name = name
                })
            phase.received(
                .success(.user(present)), followUp: .user(1), for: command, elapsed: .zero)
            #expect(phase.tally.users == (isSame ? 1 : 0))
            #expect(phase.tally.replayed == (isSame ? 1 : 0))
            #expect(phase.tally.bad == (isSame ? 0 : 1))
            // Nothing was changed by it: what follows is still imported.
            #expect(phase.stop == nil)
        }
    }

    @Test func `an order that is there already is compared in all that can't change`() {
        let order = NewOrder(
            id: 1, userID: 2, currency: "USD",
            lines: [.product(3, quantity: 4), .other("Tip", quantity: 1, priceMinorUnits: 5)],
            createdAt: Timestamp(microseconds: 9))
        let entity = ImportEntity(.order(order), file: "o", line: 1, lineLast: 2)
        func present(user: UserID = 2, quantity: UInt32 = 4, tip: Int64 = 5) -> BulkDocument {
            let items: [Tandem_Orders_V1_OrderItem] = [
                .with {
                    $0.productID = 3
                    $0.productName = "Tea"
                    $0.quantity = quantity
                    $0.priceMinor = 72
                },
                .with {
                    $0.productName = "Tip"
                    $0.quantity = 1
                    $0.priceMinor = tip
                },
            ]
            return .order(
                Order(
                    .with {
                        $0.orderID = 1
                        $0.userID = user.rawValue
                        $0.status = .shipped
                        $0.currency = "USD"
                        $0.createdAtUs = 9
                        $0.items = items
                    }))
        }
        func found(_ document: BulkDocument) -> [String] {
            entity.differences(from: document).map(\.description)
        }
        #expect(found(present()) == [])
        #expect(found(present(user: 3)) == ["user_id is 2 here, 3 on the server"])
        #expect(found(present(quantity: 5)) == ["quantity of line 1 is 4 here, 5 on the server"])
        #expect(found(present(tip: 6)) == ["price_minor of line 2 is 5 here, 6 on the server"])
    }

    @Test func `an interrupted import sends nothing more`() throws {
        let phase = try phase(threeUsers, skipsBad: true)
        #expect(phase.next() != nil)
        phase.interrupt()
        #expect(phase.next() == nil)
        #expect(phase.stop == .interrupted)
    }

    @Test func `what the server says about a line is told at the row it came from`() {
        let order = NewOrder(
            id: 1, userID: 2, currency: "USD",
            lines: [.product(3, quantity: 1), .product(4, quantity: 1)])
        let entity = ImportEntity(.order(order), file: "o.csv", line: 10, lineLast: 11)
        func place(_ metadata: [String: String]) -> Int {
            let error = TandemError(
                code: .notFound, reason: "R", message: "m", metadata: metadata, retry: .never)
            return entity.problem(error).line
        }
        #expect(place(["product_id": "4"]) == 11)
        #expect(place(["field": "lines[1].quantity"]) == 11)
        for unhelpful in ["lines[2].quantity", "lines[-1]", "lines[", "lines[x]", "user_id"] {
            #expect(place(["field": unhelpful]) == 10)
        }
        let spread = ImportEntity(.order(order), file: "o.csv", line: 10, lineLast: 14)
        let error = TandemError(
            code: .notFound, reason: "UNKNOWN_PRODUCT", message: "there is no product 4",
            metadata: ["product_id": "4"], retry: .never)
        #expect(
            spread.problem(error).description
                == "o.csv:10: order 1: there is no product 4 (UNKNOWN_PRODUCT)")
    }

    @Test func `only the first problems are kept, all are counted`() {
        var tally = ImportTally()
        for line in 1...50 {
            tally.count(CSVProblem(file: "f", line: line, column: nil, reason: "bad"))
        }
        #expect(tally.bad == 50)
        #expect(tally.problems.count == ImportTally.problemCountMax)
    }
}

@Suite struct ImportProgressTests {
    @Test func `progress shows the share, the count, the rate and the time left`() {
        let progress = ImportProgress(.orders, byteCount: 1_000)
        let bar = progress.bar(doneCount: 88_000, consumedByteCount: 500, elapsed: .seconds(2))
        #expect(
            bar == "orders   [==============>             ]  50%    88,000   44,000/s  ETA 0:02")
        let line = progress.line(
            doneCount: 176_000, consumedByteCount: 1_000, elapsed: .seconds(4))
        #expect(line == "orders   100%   176,000   44,000/s")
    }

    @Test func `progress of nothing divides by nothing`() {
        let progress = ImportProgress(.users, byteCount: 0)
        #expect(
            progress.line(doneCount: 0, consumedByteCount: 0, elapsed: .zero)
                == "users    100%         0        0/s")
    }
}
