import Foundation

/// A SOCKS5 proxy (RFC 1928) on 127.0.0.1 for one test, which leads wherever a client wants to go to one server. Python
/// runs it; it ends when the value goes away, and in any case after a minute.
public final class SOCKSProxy {
    /// Whether this machine has Python.
    public static let isPossible = ScriptProcess.isAvailable("python3")
    /// Why tests with it are skipped.
    public static let impossibility = "a SOCKS proxy needs python3"

    /// The port it listens at.
    public let port: Int
    private let process: ScriptProcess

    /// Starts a proxy that leads to `target`, a port of 127.0.0.1.
    public init(to target: UInt16) throws {
        process = try ScriptProcess(Self.script, ["\(target)"])
        port = process.port
    }

    private static let script = """
        import socket, sys, threading
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)

        def copy(source, target):
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

        def serve(client):
            client.recv(client.recv(2)[1])
            client.sendall(bytes([5, 0]))
            head = client.recv(4)
            assert head[:2] == bytes([5, 1]) and head[3] == 3
            client.recv(client.recv(1)[0] + 2)
            server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            client.sendall(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
            threading.Thread(target=copy, args=(server, client), daemon=True).start()
            copy(client, server)

        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        """
}
