import Testing

@testable import ZooCore

@Suite struct LibraryVersionTests {
    private static let maps = """
        7f00-7f01 r-xp 00000000 08:01 1 /usr/lib/x86_64-linux-gnu/libz.so.1.2.13
        7f02-7f03 r-xp 00000000 08:01 2 /srv/my libs/libopenblasp-r0.3.21.so
        7f04-7f05 r--p 00000000 08:01 3 /usr/bin/zoo
        7f06-7f07 rw-p 00000000 00:00 0
        7f08-7f09 r-xp 00000000 00:00 0 [vdso]
        """

    @Test(
        arguments: [
            ("libz.so", "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13"),
            ("libopenblas", "/srv/my libs/libopenblasp-r0.3.21.so"), ("libpng16.so", nil),
            ("lib", "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13"),
        ] as [(String, String?)])
    func filesAreFoundInMaps(_ name: String, _ path: String?) {
        #expect(LibraryVersion.path(of: name, in: Self.maps) == path)
    }

    @Test func cryptoTellsItsVersionAndPlace() {
        let library = LibraryVersion.libcrypto
        #expect(library.version.split(separator: ".").count >= 2 && library.version.first?.isNumber == true)
        #expect(library.path?.contains("libcrypto.so") == true)
    }
}
