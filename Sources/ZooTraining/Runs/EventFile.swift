public import SystemPackage
public import ZooCore

/// A file of events that TensorBoard reads, written while a network is trained.
///
/// ```swift
/// var file = try EventFile(at: folder.appending(EventFile.name), wallTime: now)
/// try file.append(RunEvent(wallTime: now, step: 1, scalars: [.init("loss/train", 0.7)]))
/// ```
///
/// Each event is written by one call, so a killed process leaves at most its last event incomplete.
public struct EventFile: ~Copyable {
    /// A name by which TensorBoard knows an event file. A run has one, whatever interrupts it.
    public static let name = "events.out.tfevents.zoo"

    /// Where the file is.
    public let path: FilePath
    /// How many events the file has.
    public private(set) var eventCount: Int
    /// How many bytes at the end of the file were cut off: an incomplete event, or the steps that come again.
    public let discardedByteCount: Int
    private let descriptor: FileDescriptor

    /// Opens a file to append to it, or makes a new one.
    ///
    /// What a killed process left incomplete at its end is cut off.
    ///
    /// - Parameters:
    ///   - path: Where; the folder must exist.
    ///   - wallTime: When a new file is begun, in seconds since 1970.
    ///   - step: Events from the first one at this step on, or later, are cut off, since they come again.
    /// - Throws: `FileError`; ``TrainingError`` (`unreadableRun`) for a file that is damaged or no event file.
    public init(at path: FilePath, wallTime: Double, before step: Int = .max) throws {
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(
                path, .readWrite, options: [.create, .closeOnExec], permissions: FilePermissions(rawValue: 0o666))
        } catch {
            throw FileError(.open, path, error as? Errno ?? .ioError)
        }
        let known: (events: [RunEvent], byteCount: Int, discardedByteCount: Int)
        do {
            known = try Self.scan(path, before: step)
            if known.discardedByteCount > 0 { try descriptor.resize(to: Int64(known.byteCount)) }
            try descriptor.seek(offset: 0, from: .end)
            if known.byteCount == 0 { try descriptor.writeAll(EventRecords.version(wallTime: wallTime)) }
        } catch {
            try? descriptor.close()
            throw (error as? Errno).map { FileError(.write, path, $0) } ?? error
        }
        self.path = path
        self.descriptor = descriptor
        eventCount = known.events.count
        discardedByteCount = known.discardedByteCount
    }

    deinit {
        try? descriptor.close()
    }

    /// Appends an event.
    ///
    /// - Throws: `FileError`.
    public mutating func append(_ event: RunEvent) throws(FileError) {
        do { try descriptor.writeAll(EventRecords.record(event)) } catch {
            throw FileError(.write, path, error as? Errno ?? .ioError)
        }
        eventCount += 1
    }

    /// The events of a file; those that a killed process left incomplete at its end are not among them.
    ///
    /// Only the scalars of TensorBoard's older form, which zoo and `torch.utils.tensorboard` write, are read.
    ///
    /// - Throws: `FileError`; ``TrainingError`` (`unreadableRun`) for a file that is damaged or no event file.
    public static func events(of path: FilePath) throws -> [RunEvent] {
        try scan(path, before: .max).events
    }

    private static func scan(
        _ path: FilePath, before step: Int
    ) throws -> (events: [RunEvent], byteCount: Int, discardedByteCount: Int) {
        let file = try MappedFile(path)
        var reader = ByteReader(file.bytes)
        var events: [RunEvent] = []
        var byteCount = 0
        while let message = try EventRecords.next(&reader, path: path.string) {
            if case .event(let event) = message {
                if event.step >= step { break }
                events.append(event)
            }
            byteCount = reader.offset
        }
        return (events, byteCount, file.byteCount - byteCount)
    }
}
