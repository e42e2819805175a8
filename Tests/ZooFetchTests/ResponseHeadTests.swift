import Testing

@testable import ZooFetch

@Suite struct ResponseHeadTests {
    @Test(
        arguments: [
            ("bytes 0-0/1", 0...0, 1), ("bytes 5-9/10", 5...9, 10), ("Bytes 5-9/*", 5...9, nil),
            ("bytes */10", nil, 10),
        ] as [(String, ClosedRange<Int>?, Int?)])
    func contentRange(_ text: String, _ range: ClosedRange<Int>?, _ total: Int?) {
        #expect(ContentRange(text) == ContentRange(range: range, total: total))
    }

    @Test(arguments: [
        "", "bytes", "bytes 1-2", "bytes 2-1/5", "bytes 0-5/5", "bytes -1/5", "bytes 1-/5", "items 1-2/5",
        "bytes 1-2/5/6",
        "bytes 1-2/x", "bytes +1-2/5", "bytes 0-99999999999999999999/*", "bytes 0-\(Int.max)/*", "bytes 0-1-2/5",
    ])
    func nonsenseIsNoContentRange(_ text: String) {
        #expect(ContentRange(text) == nil)
    }

    @Test func aHeadIsReadLineByLine() {
        var head = ResponseHead(statusLine: "HTTP/2 206 \r\n")
        head?.add(line: "ETAG:   \"x:y\" \r\n")
        head?.add(line: "content-length: 12\r\n")
        head?.add(line: "\r\n")
        head?.add(line: "no colon")
        #expect(head?.status == 206)
        #expect(head?.etag == "\"x:y\"")
        #expect(head?.contentLength == 12)
        #expect(ResponseHead(statusLine: "Content-Length: 3") == nil)
    }
}
