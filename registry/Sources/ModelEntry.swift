public import ZooCore

/// One network with one set of weights: what to fetch, how to check it, how to feed it, and where it comes from.
public struct ModelEntry: Sendable, Hashable {
    /// The model's name, as torchvision calls it: `resnet18`.
    public let name: String
    /// Which weights of the model these are: `IMAGENET1K_V1`.
    public let weights: String
    /// torchvision's enumeration of the model's weights, `ResNet18_Weights`; `nil` for models from elsewhere.
    public let enumName: String?
    /// Whether these are the weights that the bare name means; exactly one entry of each name is the default.
    public let isDefault: Bool
    /// Other names of this entry, such as those of old versions of torchvision.
    public let aliases: [String]
    /// The network, as ZooGraph calls it; models with different weights share it.
    public let architecture: String

    /// Where the file is: `http`, `https` or `file`. See ``relativeFilePath`` for files that come with zoo.
    public let url: String
    /// The file's name in the cache: the last part of the URL's path, by torch.hub's rule.
    public let fileName: String
    /// The first digits of the file's SHA-256, at least eight, usually from its name.
    public internal(set) var sha256Prefix: String?
    /// The file's SHA-256, if the registry knows all of it.
    public internal(set) var sha256: SHA256Digest?
    /// The file's length, if the registry knows it exactly.
    public internal(set) var byteCount: Int?
    /// The file's length in units of 1,048,576 bytes, rounded to three digits, as torchvision states it.
    public let approximateMegabytes: Double?

    /// The number of trained values (weights and biases, no running statistics).
    public let parameterCount: Int?
    /// The accuracy on the validation images of the data set it was trained on, in percent: the best guess is right.
    public let top1: Double?
    /// The same: one of the five best guesses is right.
    public let top5: Double?
    /// Multiply-adds for one image, in units of 10⁹.
    public let gflops: Double?

    /// How images become input.
    public let preprocessing: Preprocessing
    /// The smallest height and width that the network takes, in pixels.
    public let minimumSize: Int?
    /// The list that names the outputs, `imagenet1k`; `nil` if they are named by ``classes`` or have no names.
    public let classList: String?
    /// The names of the outputs, where they stand in the entry itself.
    public let classes: [String]?
    /// The parameter prefix of the output layer, `fc`; `nil` if the weights have none that is of use.
    public let head: String?
    /// The parameter prefix of the first convolution, `conv1`.
    public let firstConvolution: String?

    /// The licence of the weights, by its SPDX name.
    public let licence: String
    /// The text of the licence.
    public let licenceURL: String?
    /// How the weights were trained.
    public let recipe: String?
    /// The project that published them.
    public let origin: String?
    /// The article that describes the network.
    public let paper: String?

    /// The name that no other entry has: `resnet18:IMAGENET1K_V1`.
    public var id: String { "\(name):\(weights)" }

    /// torchvision's name of the entry, `ResNet18_Weights.IMAGENET1K_V1`.
    public var enumID: String? { enumName.map { "\($0).\(weights)" } }

    /// The path of a file that comes with zoo, or `nil` for all others.
    ///
    /// The URL is then `file:` and a path that does not begin with a slash, such as `file:fixtures/shapes/a.pth`. It is
    /// meant from the folder that holds zoo's `fixtures`: the project's, or the one that `make install` filled. The
    /// caller, who knows that folder, makes an absolute `file://` URL of it.
    public var relativeFilePath: String? {
        URLText(url)?.relativeFilePath
    }
}
