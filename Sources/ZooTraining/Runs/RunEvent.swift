/// Numbers of one moment of a run, as TensorBoard shows them.
public struct RunEvent: Sendable, Hashable {
    /// A number under its name.
    public struct Scalar: Sendable, Hashable {
        /// The name; TensorBoard groups by what stands before a `/`.
        public let tag: String
        /// The number.
        public let value: Float

        /// A number under its name.
        public init(_ tag: String, _ value: Float) {
            self.tag = tag
            self.value = value
        }
    }

    /// When, in seconds since 1970.
    public let wallTime: Double
    /// The step or epoch.
    public let step: Int
    /// The numbers.
    public let scalars: [Scalar]

    /// Numbers of one moment.
    public init(wallTime: Double, step: Int, scalars: [Scalar]) {
        (self.wallTime, self.step, self.scalars) = (wallTime, step, scalars)
    }
}
