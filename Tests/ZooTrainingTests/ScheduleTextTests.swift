import Testing
import ZooCore
import ZooTraining

@Suite("schedules as text") struct ScheduleTextTests {
    private static func plateau(_ change: (inout Plateau) -> Void) -> LearningRateSchedule {
        var plateau = Plateau()
        change(&plateau)
        return .plateau(plateau)
    }

    private static func cycle(_ change: (inout OneCycle) -> Void) -> LearningRateSchedule {
        var cycle = OneCycle()
        change(&cycle)
        return .oneCycle(cycle)
    }

    private static let texts: [(String, LearningRateSchedule)] = [
        ("constant", .constant), ("step=30/0.1", .step(size: 30, gamma: 0.1)), ("step=30", .step(size: 30)),
        ("step=gamma:0.5/size:2", .step(size: 2, gamma: 0.5)),
        ("multistep=10,20/0.2", .multistep(milestones: [10, 20], gamma: 0.2)),
        ("exponential=0.95", .exponential(gamma: 0.95)), ("cosine", .cosine()), ("cosine=50", .cosine(epochs: 50)),
        ("cosine=min:1e-5", .cosine(minimum: 1e-5)), ("linear", .linear()),
        ("linear=10/0.5/0.1", .linear(start: 0.5, end: 0.1, epochs: 10)),
        ("polynomial=power:2", .polynomial(power: 2)), ("one-cycle", .oneCycle()),
        (
            "one-cycle=0.2/10/100/linear/0.8-0.9",
            cycle {
                ($0.risingShare, $0.divisor, $0.finalDivisor) = (0.2, 10, 100)
                ($0.annealing, $0.momentum) = (.linear, 0.8...0.9)
            }
        ),
        (
            "plateau=0.5/3/0.001/abs/2/1e-6/accuracy",
            plateau {
                ($0.factor, $0.patience, $0.threshold, $0.thresholdIsAbsolute) = (0.5, 3, 0.001, true)
                ($0.cooldown, $0.minimum, $0.metric) = (2, 1e-6, .accuracy)
            }
        ),
        ("plateau=patience:5/min:1e-6", plateau { ($0.patience, $0.minimum) = (5, 1e-6) }),
    ]

    @Test(arguments: texts) func readAndWritten(text: String, schedule: LearningRateSchedule) throws {
        #expect(try LearningRateSchedule(parsing: text) == schedule)
        #expect(try LearningRateSchedule(parsing: schedule.description) == schedule)
    }

    @Test(arguments: [
        ("cosin", "the schedule 'cosin' is unknown. Did you mean 'cosine'?"),
        (
            "warp",
            "the schedule 'warp' is unknown. There are: constant, step, multistep, exponential, cosine, linear, "
                + "polynomial, one-cycle, plateau"
        ),
        (
            "",
            "the schedule '' is unknown. There are: constant, step, multistep, exponential, cosine, linear, "
                + "polynomial, one-cycle, plateau"
        ),
        ("step", "step: it needs a size in epochs, as in 'step=30/0.1'"),
        ("step=", "step=: size is '', expected is a whole number of at least 1"),
        ("step=0", "step=0: size is '0', expected is a whole number of at least 1"),
        ("step=3/0", "step=3/0: gamma is '0', expected is a factor above 0"),
        ("step=3/nan", "step=3/nan: gamma is 'nan', expected is a factor above 0"),
        ("step=3/0.1/7", "step=3/0.1/7: has 3 values, 2 at most are expected"),
        ("step=size:3/0.1", "step=size:3/0.1: the value '0.1' needs a key, since one before it has one: size, gamma"),
        ("step=3/size:4", "step=3/size:4: 'size' is given twice"),
        ("constant=1", "constant=1: has 1 values, 0 at most are expected"),
        ("constant=a:1", "constant=a:1: the key 'a' is unknown. There is none"),
        ("exponential", "exponential: it needs a factor for each epoch, as in 'exponential=0.95'"),
        (
            "multistep=20,10",
            "multistep=20,10: milestones are '20,10', expected are growing epochs, as in 'multistep=10,20'"
        ),
        ("multistep", "multistep: milestones are '', expected are growing epochs, as in 'multistep=10,20'"),
        (
            "multistep=1,,2",
            "multistep=1,,2: milestones are '1,,2', expected are growing epochs, as in 'multistep=10,20'"
        ),
        ("plateau=1", "plateau=1: factor is '1', expected is a factor of at least 0, below 1"),
        ("plateau=patiense:3", "plateau=patiense:3: the key 'patiense' is unknown. Did you mean 'patience'?"),
        (
            "plateau=metric:acuracy",
            "plateau=metric:acuracy: metric is 'acuracy', which is unknown. Did you mean 'accuracy'?"
        ),
        (
            "one-cycle=momentum:0.9-0.8",
            "one-cycle=momentum:0.9-0.8: momentum is '0.9-0.8', expected are the lowest and the highest, as in "
                + "'momentum:0.85-0.95'"
        ),
        ("linear=5/0", "linear=5/0: start is '0', expected is a number above 0, at most 1"),
        ("linear=5/1/2", "linear=5/1/2: end is '2', expected is a number of 0 to 1"),
    ])
    func errors(text: String, message: String) {
        let error = #expect(throws: TrainingError.self) { try LearningRateSchedule(parsing: text) }
        #expect(error?.message == message)
        #expect(error?.kind == .usage)
    }

    @Test(arguments: [
        ("5", WarmUp(.epochs(5))), ("500steps", WarmUp(.steps(500))), ("5/0.2", WarmUp(.epochs(5), startFactor: 0.2)),
        ("0", WarmUp(.epochs(0))), ("10steps/0", WarmUp(.steps(10), startFactor: 0)),
    ])
    func warmUps(text: String, warmUp: WarmUp) throws {
        #expect(try WarmUp(parsing: text) == warmUp)
        #expect(try WarmUp(parsing: warmUp.description) == warmUp)
    }

    @Test(arguments: ["", "-1", "5/2", "5/", "x", "5epochs", "steps", "5/0.1/3"]) func noWarmUps(text: String) {
        let error = #expect(throws: TrainingError.self) { try WarmUp(parsing: text) }
        #expect(error?.message.hasPrefix("'\(text)' is no warm-up; expected are") == true)
    }
}
