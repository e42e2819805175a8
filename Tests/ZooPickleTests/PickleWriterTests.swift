import Testing
import ZooCore
import ZooPickle

@Suite struct PickleWriterTests {
    @Test func whatIsWrittenIsRead() throws {
        var pickle = PickleWriter()
        pickle.mark()
        pickle.none()
        pickle.bool(true)
        for number in [0, 255, 256, 65_535, 65_536, -1, .max, .min] { pickle.integer(number) }
        pickle.double(-0.1)
        pickle.text("zoö")
        pickle.emptyList()
        pickle.mark()
        pickle.integer(1)
        pickle.appends()
        pickle.emptyDictionary()
        pickle.mark()
        pickle.text("k")
        pickle.emptyTuple()
        pickle.setItems()
        for _ in 0..<2 {
            pickle.global(PickleGlobal("m", "f"))
            pickle.emptyTuple()
            pickle.reduce()
        }
        pickle.integer(7)
        pickle.persistentID()
        pickle.tuple()
        let bytes = pickle.finish()
        #expect(
            try PickleMachine.read(bytes.rawSpan).text
                == "(None, True, 0, 255, 256, 65535, 65536, -1, 9223372036854775807, -9223372036854775808, -0.1, 'zoö', "
                + "[1], {'k': ()}, <m f>(), <m f>(), persistent 7)")
    }

    @Test func theBytesArePythons() {
        var pickle = PickleWriter()
        pickle.integer(7)
        #expect(pickle.finish() == [0x80, 2, 0x4b, 7, 0x2e])
    }
}
