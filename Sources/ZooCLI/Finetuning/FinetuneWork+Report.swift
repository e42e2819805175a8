import SystemPackage
import ZooTraining

extension FinetuneWork {
    /// Writes the report of the run whose checkpoint goes to `destination`, as far as the run came.
    ///
    /// The checkpoint matters more: whatever keeps the report from being written is a warning.
    ///
    /// - Parameter comparison: the epochs of a network without pretrained weights.
    /// - Returns: Where the report is; `nil` if there is none.
    func writeReport(for destination: FilePath, comparison: [EpochRecord] = []) -> FilePath? {
        let path = runPath(for: destination)
        do {
            let folder = try RunFolder(path, existing: .resume)
            if !comparison.isEmpty { try folder.write(comparison: comparison) }
            return command.record.noReport ? nil : try folder.writeReport()
        } catch {
            console.warning("the report could not be written: \(error); 'zoo report \(path)' tries again")
            return nil
        }
    }
}
