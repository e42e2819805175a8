extension Preprocessor {
    /// The size of the outputs for `samples`: the fixed one, or else that for the first image whose header can be read.
    ///
    /// - Returns: One pixel if the size depends on the image and there are no samples.
    /// - Throws: ``ImageError`` of the first sample if the size depends on the image and none can be read.
    public func outputSize(for samples: some Sequence<ImageSample>) throws(ImageError) -> ImageSize {
        if let fixedOutputSize { return fixedOutputSize }
        var firstError: ImageError?
        for sample in samples {
            do throws(ImageError) {
                return outputSize(for: try ImageDecoder.size(of: sample.path))
            } catch {
                firstError = firstError ?? error
            }
        }
        if let firstError { throw firstError }
        return ImageSize(height: 1, width: 1)
    }
}
