import COneDNN

/// Shows a result to a survey; what pads it to full blocks is zeros, which no survey minds.
@safe final class ValueObserver: Work {
    let scratchpad: Layout? = nil
    private let survey: ValueSurvey
    private let value: Int
    private let count: Int

    init(_ survey: ValueSurvey, value: Int, count: Int) {
        (self.survey, self.value, self.count) = (survey, value, count)
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let numbers = unsafe UnsafeBufferPointer(start: arguments.floats(DNNL_ARG_SRC), count: count)
        unsafe survey.observe(numbers.span, of: value)
        return dnnl_success
    }
}

extension PlanCompiler {
    /// Calls the survey after a step whose result is float32.
    mutating func observe(
        _ result: Tensor, of step: Program.Step, for survey: ValueSurvey
    ) throws(EngineError) {
        guard result.layout.element == .float32 else { return }
        let observer = ValueObserver(survey, value: step.output, count: result.layout.byteCount / 4)
        call("survey", observer, [(DNNL_ARG_SRC, place(result))])
    }
}
