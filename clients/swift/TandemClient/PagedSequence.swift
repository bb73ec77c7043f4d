/// All items of a list, fetched page by page as they are asked for.
///
/// Each page is as recent as the session demands, but two pages may reflect two positions: an item
/// that changes its place in between can be seen twice or not at all.
public struct PagedSequence<Element: Sendable>: AsyncSequence, Sendable {
    /// Fetching a page can fail.
    public typealias Failure = TandemError
    package typealias Fetch = @Sendable (PageCursor?) async throws(TandemError) -> Page<Element>

    let fetch: Fetch

    package init(fetch: @escaping Fetch) {
        self.fetch = fetch
    }

    /// Holds one page.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let fetch: Fetch
        var buffered: ArraySlice<Element> = []
        var cursor: PageCursor?
        var isLastPage = false

        /// The next item; fetches a page if need be.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(TandemError) -> Element? {
            // A page can be empty and still not be the last.
            while buffered.isEmpty {
                if isLastPage { return nil }
                let page = try await fetch(cursor)
                buffered = page.items[...]
                cursor = page.next
                isLastPage = page.next == nil
            }
            return buffered.popFirst()
        }

        /// The next item; fetches a page if need be.
        public mutating func next() async throws(TandemError) -> Element? {
            try await next(isolation: nil)
        }
    }

    /// Begins at the first page.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(fetch: fetch)
    }
}
