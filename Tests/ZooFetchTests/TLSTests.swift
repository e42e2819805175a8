import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCache
import ZooCore

@testable import ZooFetch

@Suite("TLS", .timeLimit(.minutes(2)), .enabled(if: TLSServer.isPossible, "\(TLSServer.impossibility)"))
struct TLSTests {
    let content = FetchFixture.content
    static let partialNames = ["model.pth.zoo.partial", "model.pth.zoo.partial.json"]

    private func fixture(trusting server: TLSServer?) throws -> FetchFixture {
        var fixture = try FetchFixture()
        fixture.fetcher.options.certificateFile = server?.certificate.string
        return fixture
    }

    @Test func aTrustedServerIsFetchedFrom() throws {
        let server = try TLSServer(content)
        let fixture = try fixture(trusting: server)
        #expect(try fixture.fetch(server.url("/model.pth")).isVerified)
        #expect(try fixture.content() == content)
    }

    @Test func anUnknownAuthorityIsRefused() throws {
        let server = try TLSServer(content)
        let fixture = try fixture(trusting: nil)
        let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/model.pth")) }
        #expect(error?.kind == .transfer)
        #expect(error?.message.hasPrefix("the server's certificate cannot be trusted") == true, "\(error as Any)")
        #expect(try fixture.names() == [])
    }

    @Test func aCertificateForSomebodyElseIsRefused() throws {
        let server = try TLSServer(content, for: "DNS:example.invalid")
        let fixture = try fixture(trusting: server)
        let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/model.pth")) }
        #expect(error?.message.hasPrefix("the server's certificate cannot be trusted") == true, "\(error as Any)")
        #expect(try fixture.names() == [])
    }

    @Test(arguments: [TLSServer.Behaviour.cut, .cutWithoutLength])
    func aConnectionThatIsCutIsNoEnd(_ behaviour: TLSServer.Behaviour) throws {
        let server = try TLSServer(content, behaviour)
        var fixture = try fixture(trusting: server)
        fixture.fetcher.options.retries = 0
        for known in [ExpectedContent(), ExpectedContent(sha256: FetchFixture.digest(content)), FetchFixture.expected] {
            let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/model.pth"), known) }
            #expect(error?.code == .network, "\(error as Any)")
            #expect(error?.message.contains("bytes are kept; run the same command again") == true, "\(error as Any)")
            #expect(try fixture.names() == Self.partialNames)
        }
    }

    @Test func withoutALengthTheGoodbyeIsTheEnd() throws {
        let server = try TLSServer(content, .withoutLength)
        let fixture = try fixture(trusting: server)
        #expect(try !fixture.fetch(server.url("/model.pth"), ExpectedContent()).isVerified)
        #expect(try fixture.content() == content)
    }

    @Test func withoutLengthAndGoodbyeAHashIsNeeded() throws {
        let server = try TLSServer(content, .untidy)
        var fixture = try fixture(trusting: server)
        fixture.fetcher.options.retries = 1
        let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/model.pth"), ExpectedContent()) }
        #expect(error?.message.hasPrefix("the connection ended without a word") == true, "\(error as Any)")
        #expect(try fixture.names() == Self.partialNames)
        let hash = ExpectedContent(sha256: FetchFixture.digest(content))
        #expect(try fixture.fetch(server.url("/model.pth"), hash).isVerified)
        #expect(try fixture.content() == content)
    }

    @Test func nobodyIsLedAwayFromTLS() throws {
        let server = try TLSServer(content, .downgrade)
        let fixture = try fixture(trusting: server)
        let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/model.pth")) }
        #expect(error?.message.contains("in a way that zoo does not follow") == true, "\(error as Any)")
        #expect(try fixture.names() == [])
    }
}
