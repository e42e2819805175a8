import Foundation
public import SystemPackage

/// A terminal for a program that is tested, with the test for the person who sits at it.
public final class PseudoTerminal {
    /// The program's end.
    public let program: FileDescriptor
    private let person: FileDescriptor
    // TIOCSPTLCK and TIOCGPTPEER (man 2const; macros with casts, which Swift does not see).
    private static let setLock: UInt = 0x4004_5431
    private static let openOther: UInt = 0x5441

    /// Makes one of 24 lines.
    public init(columns: Int = 80) throws {
        let master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: Int32 = 0
        guard master >= 0, unsafe ioctl(master, Self.setLock, &isLocked) == 0 else {
            throw CocoaError(.featureUnsupported)
        }
        person = FileDescriptor(rawValue: master)
        program = FileDescriptor(rawValue: ioctl(master, Self.openOther, O_RDWR | O_NOCTTY | O_CLOEXEC))
        var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        guard program.rawValue >= 0, unsafe ioctl(person.rawValue, UInt(TIOCSWINSZ), &size) == 0 else {
            throw CocoaError(.featureUnsupported)
        }
    }

    deinit {
        try? person.close()
        try? program.close()
    }

    /// Types `text`; the program finds it when it reads.
    public func type(_ text: String) throws {
        try person.writeAll(Array(text.utf8))
    }

    /// What the program wrote so far, and what was typed, as it is shown. Up to 4 KB, all that a terminal keeps unread.
    public func shown() -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var text: [UInt8] = []
        var entry = pollfd(fd: person.rawValue, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&entry, 1, 0) > 0,
            let count = try? unsafe bytes.withUnsafeMutableBytes({ buffer in
                unsafe try person.read(into: buffer)
            }), count > 0
        {
            text += bytes[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
