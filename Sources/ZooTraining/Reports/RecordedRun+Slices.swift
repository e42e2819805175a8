import SystemPackage
import ZooImage

extension RecordedRun {
    /// How well the best epoch does on validation images of each kind; where there are several tasks, an image counts as
    /// right if all its labels are.
    ///
    /// The images are read once more for it, from where they were during the training; those that are not there any more
    /// count by their folder only.
    ///
    /// - Parameter onProgress: called now and then with the number of images looked at and that of all; what it throws ends
    ///   the work.
    /// - Complexity: O(pixels), on `threadCount` threads.
    public func slices(threadCount: Int, onProgress: (Int, Int) throws -> Void = { _, _ in }) throws -> [DataSlice] {
        let data = FilePath(description.details?.validation ?? ".")
        var samples: [ImageSample] = []
        var folders: [String] = []
        var isRight: [Bool] = []
        var places: [String: Int] = [:]
        for prediction in predictions {
            if let place = places[prediction.path] {
                isRight[place] = isRight[place] && prediction.isRight
                continue
            }
            places[prediction.path] = samples.count
            let path = FilePath(prediction.path)
            samples.append(ImageSample(path: path, label: prediction.label))
            let className = prediction.task == nil ? description.classes[prediction.label] : nil
            folders.append(ImageFolder.source(of: path, className: className, in: data))
            isRight.append(prediction.isRight)
        }
        let properties = try ImageProperties.all(of: samples, threadCount: threadCount) {
            try onProgress($0, samples.count)
        }
        return DataSlices(properties: properties, folders: folders, isRight: isRight).slices
    }
}
