import SystemPackage
import ZooCheckpoint
import ZooPickle

extension ScanCommand {
    /// One file, as `--json` prints it. All fields are always there; `offsets` counts from the start of the member.
    struct Answer: Encodable {
        struct Finding: Encodable {
            let kind, subject, verdict, reason: String
            let count: Int
            let offsets: [Int]
            let example: String
        }

        struct Pickle: Encodable {
            let place, verdict: String
            let offset, byteCount, pickleProtocol: Int
            let complete: Bool
            let fault: String
            let findings: [Finding]
        }

        struct Gap: Encodable {
            let place, reason: String
        }

        let path, format, verdict: String
        let pickles: [Pickle]
        let unjudged: [Gap]

        init(_ scan: FileScan) {
            path = scan.path.string
            format = scan.format
            verdict = scan.verdict.rawValue
            unjudged = scan.gaps.map { Gap(place: ScanReport.name($0.place), reason: $0.reason) }
            pickles = scan.pickles.map { pickle in
                Pickle(
                    place: ScanReport.name(pickle.place), verdict: pickle.scan.verdict.rawValue,
                    offset: pickle.scan.offset, byteCount: pickle.scan.byteCount,
                    pickleProtocol: pickle.scan.protocolVersion, complete: pickle.scan.isComplete,
                    fault: pickle.scan.fault?.description ?? "",
                    findings: pickle.scan.findings.map {
                        Finding(
                            kind: $0.kind.rawValue, subject: $0.subject, verdict: $0.verdict.rawValue,
                            reason: $0.reason, count: $0.count, offsets: $0.offsets, example: $0.example ?? "")
                    })
            }
        }
    }
}
