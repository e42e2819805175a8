internal import FoundationEssentials
internal import ZooCore

extension ModelEntry: Decodable {
    /// The fields of an entry in a registry document; `registry/README.md` explains them.
    enum Field: String, CodingKey, CaseIterable {
        case name, weights, `enum`, `default`, aliases, architecture
        case url, fileName, sha256Prefix, sha256, byteCount, megabytes
        case parameters, top1, top5, gflops
        case preprocessing, minimumSize, classList, classes, head, firstConvolution
        case licence, licenceURL, recipe, origin, paper
    }

    /// Reads an entry; everything that code relies on is checked here.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseFields(besides: Field.self)
        let fields = try decoder.container(keyedBy: Field.self)
        name = try fields.decode(String.self, forKey: .name)
        weights = try fields.decode(String.self, forKey: .weights)
        enumName = try fields.decodeIfPresent(String.self, forKey: .enum)
        isDefault = try fields.decodeIfPresent(Bool.self, forKey: .default) ?? false
        aliases = try fields.decodeIfPresent([String].self, forKey: .aliases) ?? []
        architecture = try fields.decode(String.self, forKey: .architecture)

        url = try fields.decode(String.self, forKey: .url)
        let givenName = try fields.decodeIfPresent(String.self, forKey: .fileName)
        fileName = givenName ?? URLText(url)?.fileName ?? ""
        sha256 = try fields.decodeDigest(forKey: .sha256)
        sha256Prefix = try fields.decodeIfPresent(String.self, forKey: .sha256Prefix)?.lowercased()
        byteCount = try fields.decodeWholeNumber(forKey: .byteCount)
        approximateMegabytes = try fields.decodeIfPresent(Double.self, forKey: .megabytes)

        parameterCount = try fields.decodeWholeNumber(forKey: .parameters)
        top1 = try fields.decodeIfPresent(Double.self, forKey: .top1)
        top5 = try fields.decodeIfPresent(Double.self, forKey: .top5)
        gflops = try fields.decodeIfPresent(Double.self, forKey: .gflops)

        preprocessing = try fields.decode(Preprocessing.self, forKey: .preprocessing)
        minimumSize = try fields.decodeWholeNumber(forKey: .minimumSize)
        classList = try fields.decodeIfPresent(String.self, forKey: .classList)
        classes = try fields.decodeIfPresent([String].self, forKey: .classes)
        head = try fields.decodeIfPresent(String.self, forKey: .head)
        firstConvolution = try fields.decodeIfPresent(String.self, forKey: .firstConvolution)

        licence = try fields.decode(String.self, forKey: .licence)
        licenceURL = try fields.decodeIfPresent(String.self, forKey: .licenceURL)
        recipe = try fields.decodeIfPresent(String.self, forKey: .recipe)
        origin = try fields.decodeIfPresent(String.self, forKey: .origin)
        paper = try fields.decodeIfPresent(String.self, forKey: .paper)

        if let (field, problem) = defect {
            throw DecodingError.dataCorruptedError(forKey: field, in: fields, debugDescription: problem)
        }
    }

    /// The first field that cannot be used, and why.
    private var defect: (Field, String)? {
        nameDefect ?? fileDefect ?? contentDefect ?? classDefect ?? preprocessing.defect.map { (.preprocessing, $0) }
    }

    private var nameDefect: (Field, String)? {
        let words: [(Field, [String])] = [
            (.name, [name]), (.weights, [weights]), (.enum, enumName.map { [$0] } ?? []), (.aliases, aliases),
            (.architecture, [architecture]),
        ]
        for (field, values) in words {
            for value in values where !value.isRegistryName {
                return (field, "\(value.quoted) is no name: expected letters, digits, '.', '-' and '_'")
            }
        }
        return nil
    }

    private var fileDefect: (Field, String)? {
        guard let parts = URLText(url) else {
            return (.url, "\(url.quoted) is no URL of the schemes http, https and file")
        }
        if let path = parts.relativeFilePath, path.isEmpty || path.split(separator: "/").contains("..") {
            return (.url, "\(url.quoted) leads out of the folder it is relative to")
        }
        if !fileName.isFileName {
            return (.fileName, "\(fileName.quoted) is no file name; give one in the field fileName")
        }
        return nil
    }

    private var contentDefect: (Field, String)? {
        if let sha256Prefix {
            if !(8...64).contains(sha256Prefix.utf8.count) || !sha256Prefix.allSatisfy(\.isHexDigit) {
                return (.sha256Prefix, "\(sha256Prefix.quoted) is no prefix: expected 8 to 64 hexadecimal digits")
            }
            if let sha256, !sha256.hasPrefix(sha256Prefix) {
                return (.sha256Prefix, "\(sha256Prefix.quoted) is not the beginning of sha256 '\(sha256)'")
            }
        }
        if let byteCount, byteCount <= 0 {
            return (.byteCount, "\(byteCount) bytes are no file")
        }
        return nil
    }

    private var classDefect: (Field, String)? {
        if classList != nil, classes != nil {
            return (.classes, "classList and classes both name the outputs; give one of them")
        }
        if let classList, !classList.isRegistryName {
            return (.classList, "\(classList.quoted) is no name of a list")
        }
        return classes?.isEmpty == true ? (.classes, "the list is empty") : nil
    }
}
