import ArgumentParser

/// Options of `zoo finetune` in a command that trains in its own way.
enum BorrowedOptions {
    /// The `zoo finetune` that such a command's words make.
    ///
    /// - Parameters:
    ///   - words: what stands behind `zoo finetune`.
    ///   - defaults: what the command has otherwise than `zoo finetune`.
    ///   - given: what the user says.
    ///   - talk: how the command talks.
    ///   - refused: options that make no sense in the command.
    ///   - command: what the command is called.
    /// - Throws: ``UsageError`` for an option that 'zoo finetune' does not have, or that is refused.
    static func finetune(
        _ words: [String], defaults: [String] = [], _ given: [String], with talk: OutputOptions,
        refusing refused: [String], in command: String
    ) throws -> FinetuneCommand {
        for name in refused where given.contains(where: { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }) {
            throw UsageError("'\(command)' has no --\(name)")
        }
        var finetune: FinetuneCommand
        do { finetune = try FinetuneCommand.parse(words + defaults + given) } catch {
            throw UsageError(FinetuneCommand.message(for: error))
        }
        finetune.talk = talk
        return finetune
    }
}
