/// The release of zoo that this is.
public enum ZooVersion {
    /// Major, minor and patch number, by semantic versioning.
    public static let current = "0.1.0"
}
