import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore
import ZooEngine

@testable import ZooCLI

/// Each check with what it must find, on surroundings that are made up.
@Suite("what the doctor finds") struct DoctorTests {
    private static func statuses(_ findings: [DoctorFinding]) -> [String: DoctorFinding.Status] {
        Dictionary(findings.map { ($0.name, $0.status) }) { first, _ in first }
    }

    /// Whatever is wrong has something to type, unless nothing can be typed.
    private static func expect(
        _ findings: [DoctorFinding], _ name: String, _ status: DoctorFinding.Status, fix: String? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let found = findings.first { $0.name == name }
        #expect(found?.status == status, "\(findings)", sourceLocation: location)
        if let fix { #expect(found?.fix == fix, sourceLocation: location) }
    }

    // MARK: Threads

    @Test(
        arguments: [
            ([:], "ZOO_THREADS", .ok, nil), (["ZOO_THREADS": "4"], "ZOO_THREADS", .ok, nil),
            (["ZOO_THREADS": "many"], "ZOO_THREADS", .problem, "unset ZOO_THREADS"),
            (["ZOO_THREADS": "0"], "ZOO_THREADS", .problem, "unset ZOO_THREADS"),
            (["ZOO_THREADS": "9"], "ZOO_THREADS", .warning, "export ZOO_THREADS=4"),
            (["OPENBLAS_CORETYPE": "Haswell"], "OPENBLAS_CORETYPE", .warning, "unset OPENBLAS_CORETYPE"),
            (["OMP_WAIT_POLICY": "ACTIVE"], "OMP_WAIT_POLICY", .warning, "unset OMP_WAIT_POLICY"),
            (["OMP_NUM_THREADS": "1"], "OMP_NUM_THREADS", .ok, nil),
            (["OMP_THREAD_LIMIT": "1"], "OMP_THREAD_LIMIT", .warning, "unset OMP_THREAD_LIMIT"),
            (["OMP_PROC_BIND": "true"], "OMP_PROC_BIND", .warning, "unset OMP_PROC_BIND"),
        ] as [([String: String], String, DoctorFinding.Status, String?)])
    func threads(_ environment: [String: String], _ name: String, _ status: DoctorFinding.Status, _ fix: String?) {
        let limits = ProcessorLimits(machine: 8, affinity: 8, quota: 4)
        Self.expect(ThreadCheck(limits: limits, environment: environment).findings, name, status, fix: fix)
    }

    @Test func theLimitOfAContainerIsNamed() {
        let limits = ProcessorLimits(machine: 8, affinity: 6, quota: 2)
        let message = ThreadCheck(limits: limits, environment: [:]).findings[0].message
        #expect(message.hasPrefix("2 processors of 8 may be used"))
        #expect(message.contains("taskset) has 6") && message.contains("container) allows 2"))
    }

    @Test func theQuotaOfAControlGroupIsRead() throws {
        let root = try ScratchFolder()
        try root.write(Array("0::/job\n".utf8), to: "proc/self/cgroup")
        try root.write(
            Array("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n".utf8), to: "proc/self/mountinfo")
        try root.write(Array("150000 100000\n".utf8), to: "sys/fs/cgroup/job/cpu.max")
        #expect(ProcessorLimits(root: root.path.string).quota == 2)
    }

    // MARK: Processor, memory

    @Test func instructionsThatAreForbiddenAreMissed() {
        let flags = "flags\t\t: avx2 avx512f avx512bw avx512dq avx512vl avx512_bf16\nmodel name\t: X 1\n"
        let free = ProcessorCheck(cpuinfo: flags, used: [.avx2, .avx512, .bfloat16], environment: [:]).findings
        #expect(Self.statuses(free) == ["model": .ok, "instructions": .ok, "bfloat16": .ok, "int8": .ok])
        #expect(free[0].message == "X 1")
        let limit = ["ONEDNN_MAX_CPU_ISA": "AVX2"]
        let limited = ProcessorCheck(cpuinfo: flags, used: [.avx2], environment: limit).findings
        Self.expect(limited, "instructions", .warning, fix: "unset ONEDNN_MAX_CPU_ISA")
        #expect(limited[1].message.hasSuffix("forbids AVX-512, AVX-512 BF16"))
        Self.expect(ProcessorCheck(cpuinfo: "", used: [], environment: [:]).findings, "instructions", .problem)
    }

    @Test(
        arguments: [(nil, .ok), (100_000_000, .problem), (1_000_000_000, .warning), (8_000_000_000, .ok)]
            as [(Int?, DoctorFinding.Status)])
    func memory(_ count: Int?, _ status: DoctorFinding.Status) {
        Self.expect(MemoryCheck(availableByteCount: count).findings, "available", status)
    }

    // MARK: Network

    @Test(
        arguments: [
            (["http_proxy": "proxy:3128"], "http_proxy", .ok), (["https_proxy": "http://p:1/"], "https_proxy", .ok),
            (["all_proxy": "socks5h://127.0.0.1:1080"], "all_proxy", .ok),
            (["http_proxy": "ftp://proxy"], "http_proxy", .problem),
            (["http_proxy": "http://"], "http_proxy", .problem),
            (["HTTP_PROXY": "http://p:1"], "HTTP_PROXY", .warning),
            (["SSL_CERT_FILE": "/nowhere.pem"], "SSL_CERT_FILE", .problem),
            (["ZOO_MIRROR": "relative/folder"], "ZOO_MIRROR", .problem),
            (["ZOO_MIRROR": "/nowhere"], "ZOO_MIRROR", .warning), (["ZOO_MIRROR": "/"], "ZOO_MIRROR", .ok),
            (["ZOO_MIRROR": "https://m.example/w"], "ZOO_MIRROR", .ok),
            (["ZOO_CACHE_PATH": "/nowhere"], "ZOO_CACHE_PATH", .warning),
            (["HF_ENDPOINT": "no address", "HF_TOKEN": "hf_secret"], "HF_ENDPOINT", .problem),
        ] as [([String: String], String, DoctorFinding.Status)])
    func network(_ environment: [String: String], _ name: String, _ status: DoctorFinding.Status) {
        let findings = NetworkCheck(environment: environment, isOnline: false).findings
        Self.expect(findings, name, status)
        #expect(!findings.contains { $0.message.contains("secret") })
    }

    @Test func passwordsAreNotShown() {
        let environment = [
            "http_proxy": "http://me:pass@proxy:1", "https_proxy": "me:pass@x", "all_proxy": "odd://me:pass@x",
        ]
        for finding in NetworkCheck(environment: environment, isOnline: false).findings {
            #expect(!finding.message.contains("pass"), "\(finding)")
        }
    }

    @Test func missingCertificatesAreAProblem() {
        let check = NetworkCheck(environment: [:], isOnline: false, systemCertificates: "/nowhere.crt")
        Self.expect(check.findings, "certificates", .problem, fix: "sudo apt-get install ca-certificates")
    }

    @Test func serversAreAskedOnlyWhereThatIsWanted() async throws {
        let server = try LoopbackServer { _ in [.text("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")] }
        let mirror = server.url("/weights")
        var environment = ["ZOO_MIRROR": mirror, "HF_ENDPOINT": server.url(""), "https_proxy": "http://127.0.0.1:1"]
        #expect(
            !NetworkCheck(environment: environment, isOnline: false).findings.contains { $0.name.hasPrefix(mirror) })
        #expect(server.requests.isEmpty)
        // The refusal of a folder's list is an answer too.
        let found = NetworkCheck(environment: environment, isOnline: true).findings.first { $0.name.hasPrefix(mirror) }
        #expect(found?.status == .ok && found?.message.contains("status 403") == true)
        environment["ZOO_MIRROR"] = "http://127.0.0.1:1/"
        let dead = NetworkCheck(environment: environment, isOnline: true).findings.last
        #expect(dead?.status == .problem && dead?.fix == "curl -sSI http://127.0.0.1:1/")
    }

    // MARK: Report

    @Test func theReportFitsTheTerminalAndKeepsFixesWhole() {
        let fix = "mv " + String(repeating: "long/", count: 20) + "file x"
        let findings = [
            DoctorFinding(
                area: "cache", name: "access", status: .problem,
                message: "it is a file, where the cache needs a folder", fix: fix),
            DoctorFinding(area: "cache", name: "disk", status: .ok, message: "1 GB free", fix: nil),
        ]
        let report = DoctorReport(facts: BuildFacts(), findings: findings, isQuiet: true)
        let lines = report.lines(width: 40) { text, _ in text }
        #expect(
            lines == [
                "cache", "  problem  access: it is a file, where", "             the cache needs a folder",
                "           fix: " + fix,
            ])
        let whole = DoctorReport(facts: BuildFacts(), findings: findings, isQuiet: false).lines(width: nil) { text, _ in
            text
        }
        #expect(whole.last == "1 problem, 0 warnings")
    }

    @Test(arguments: [("plain-1.pth", "plain-1.pth"), ("two words", "'two words'"), ("it's", "'it'\\''s'"), ("", "''")])
    func fixesAreQuotedForTheShell(_ text: String, _ word: String) {
        #expect(text.shellWord == word)
    }
}
