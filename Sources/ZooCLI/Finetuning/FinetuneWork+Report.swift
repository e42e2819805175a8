import SystemPackage
import ZooTraining

extension FinetuneWork {
    /// Does a part of the work; where the user stops it, there is a report of how far the run came.
    func reportingInterruption<Value>(of destination: FilePath, _ work: () throws -> Value) throws -> Value {
        do { return try work() } catch let interruption as InterruptionError {
            if let report = writeReport(for: destination) { console.message("how far it came: \(report)") }
            throw interruption
        }
    }

    /// Writes the report of the run whose checkpoint goes to `destination`, as far as the run came.
    ///
    /// The checkpoint matters more: whatever keeps the report from being written is a warning.
    ///
    /// - Parameter comparison: the epochs of a network without pretrained weights.
    /// - Returns: Where the report is; `nil` if there is none.
    func writeReport(for destination: FilePath, comparison: [EpochRecord] = []) -> FilePath? {
        let path = command.record.path(for: destination)
        do {
            let folder = try RunFolder(path, existing: .resume)
            if !comparison.isEmpty { try folder.write(comparison: comparison) }
            return command.record.noReport ? nil : try folder.writeReport()
        } catch {
            console.warning("the report could not be written: \(error); 'zoo report \(path)' tries again")
            return nil
        }
    }

    /// Writes the reports of the first `count` folds, and the one of all of them.
    ///
    /// - Returns: Where the latter is; `nil` if there is none.
    func writeReport(of place: FoldsFolder, upTo count: Int) -> FilePath? {
        guard !command.record.noReport else { return nil }
        do {
            for number in 1...count { _ = try RunFolder(place.fold(number), existing: .resume).writeReport() }
            let target = place.path.appending(RunFolder.reportName)
            guard let report = try FoldsReport(of: place.path) else { return nil }
            try report.write(to: target)
            return target
        } catch {
            console.warning("the report could not be written: \(error); 'zoo report \(place.path)' tries again")
            return nil
        }
    }
}
