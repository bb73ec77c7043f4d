import Testing
import Transport

@Test(arguments: [
    ("localhost:0", "localhost", 0), ("127.0.0.1:7401", "127.0.0.1", 7_401),
    ("[::1]:65535", "::1", 65_535), ("[fe80::1%eth0]:1", "fe80::1%eth0", 1), ("a:1", "a", 1),
])
func `an address reads back as it was written`(text: String, host: String, port: Int) {
    #expect(HostAndPort(text) == HostAndPort(host: host, port: port))
    #expect(HostAndPort(text)?.description == text)
}

@Test(arguments: [
    "", ":", "host", "host:", ":80", "[]:80", "host:65536", "host:-1", "host:+80", "host:-0",
    "host:8 0", "host:٨٠", "::1:80", "::1", "[::1]", "[::1:80", "::1]:80", "[[::1]]:80", "[:80",
    "a:b:80",
])
func `what is not an address is refused`(text: String) {
    #expect(HostAndPort(text) == nil)
}

@Test func `only this machine's own addresses are loopback`() {
    for host in ["localhost", "::1", "127.0.0.1", "127.255.0.3"] {
        #expect(HostAndPort(host: host, port: 1).isLoopback)
    }
    for host in ["127.example.org", "0.0.0.0", "::", "10.0.0.1", "127.0.0", "127.0.0.1.evil.org"] {
        #expect(!HostAndPort(host: host, port: 1).isLoopback)
    }
}
