import ZooCore
import ZooPickle

/// Reads a pickle that stands alone, as `pickle.dump` and joblib write it: numpy arrays, dictionaries, numbers.
enum PlainPickleReader {
    static func open(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        let document: PickleDocument
        do { document = try PickleMachine.read(file.bytes) } catch {
            throw CheckpointError(
                error.code == .truncated ? .truncated : .malformed, error.description, cause: error)
        }
        var interpreter = PickleInterpreter(document)
        let value = try interpreter.root()
        guard interpreter.storages.isEmpty else {
            throw CheckpointError(
                .unsupported, "a pickle that refers to storages outside itself, which are not in this file",
                torchMessage: "Invalid magic number; corrupt file?")
        }
        var facts: [ProducerFact] = []
        if file.byteCount > document.byteCount {
            facts.append(
                ProducerFact(name: "bytes behind the end", value: "\(file.byteCount - document.byteCount)"))
        }
        return Checkpoint(
            file, .pickle, root: value, found: interpreter.found, document: document, facts: facts,
            records: interpreter.ownRecords)
    }
}
