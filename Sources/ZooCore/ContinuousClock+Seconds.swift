extension ContinuousClock.Instant {
    /// The seconds that passed since this instant.
    public var secondsUntilNow: Double {
        duration(to: .now) / .seconds(1)
    }
}
