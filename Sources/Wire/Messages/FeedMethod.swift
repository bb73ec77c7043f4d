/// The feed port's one method, by its full name.
package enum FeedMethod {
    package static let subscribe = "tandem.feed.v1.Feed/Subscribe"
}
