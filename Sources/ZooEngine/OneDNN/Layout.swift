import COneDNN
import ZooTensor

/// How a tensor lies in memory, in oneDNN's terms: row-major, blocked, or still to be chosen by a primitive; and of what
/// type its elements are.
struct Layout {
    var description: dnnl_memory_desc_t

    /// Row-major: `N×C×H×W` images, `N×F` features, `O×I×H×W` weights.
    static func plain(_ shape: Shape, _ element: Element = .float32) throws(EngineError) -> Layout {
        let tags = [dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde]
        return try Layout(shape, element, tags[shape.rank - 1])
    }

    /// Images in blocks of `block` channels, `N×⌈C/block⌉×H×W×block`, padded with zeros; row-major where there are only a
    /// few channels, as in pictures.
    static func blocked(
        _ shape: Shape, by block: Int, _ element: Element = .float32
    ) throws(EngineError) -> Layout {
        guard shape[1] > 4 else { return try plain(shape, element) }
        return try Layout(shape, element, block == 16 ? dnnl_aBcd16b : dnnl_aBcd8b)
    }

    /// The kernels of a depthwise convolution, `C×1×1×Kh×Kw`, in blocks of 16 channels, `⌈C/16⌉×Kh×Kw×16`.
    static func blockedGroups(_ shape: Shape) throws(EngineError) -> Layout {
        try Layout(shape, .float32, dnnl_Abcde16a)
    }

    /// Images pixel by pixel, `N×H×W×C`.
    static func channelsLast(_ shape: Shape, _ element: Element = .float32) throws(EngineError) -> Layout {
        try Layout(shape, element, dnnl_acdb)
    }

    /// Some of the channels of this layout, which lies channels last; the rest stays where it is.
    func slice(first: Int, of shape: Shape) throws(EngineError) -> Layout {
        var (part, whole) = (dnnl_memory_desc_t(), description)
        let offsets = [0, Int64(first), 0, 0]
        try unsafe check(
            dnnl_memory_desc_init_submemory(&part, &whole, shape.sizes.map { Int64($0) }, offsets), "a slice")
        return Layout(part)
    }

    /// To be chosen by the primitive that uses it.
    static func any(_ shape: Shape, _ element: Element = .float32) throws(EngineError) -> Layout {
        try Layout(shape, element, dnnl_format_tag_any)
    }

    init(_ description: dnnl_memory_desc_t) {
        self.description = description
    }

    private init(_ shape: Shape, _ element: Element, _ tag: dnnl_format_tag_t) throws(EngineError) {
        var description = dnnl_memory_desc_t()
        let sizes = shape.sizes.map { Int64($0) }
        try unsafe check(
            dnnl_memory_desc_init_by_tag(&description, Int32(sizes.count), sizes, element.dataType, tag),
            "a tensor of shape \(shape)")
        self.description = description
    }

    /// The type of the elements.
    var element: Element { Element(description.data_type) }

    /// The memory that a tensor of this layout takes, padding to full blocks included.
    var byteCount: Int {
        var copy = description
        return Int(clamping: unsafe dnnl_memory_desc_get_size(&copy))
    }

    /// Whether both place every element alike.
    func matches(_ other: Layout) -> Bool {
        var (left, right) = (description, other.description)
        return unsafe dnnl_memory_desc_equal(&left, &right) != 0
    }
}
