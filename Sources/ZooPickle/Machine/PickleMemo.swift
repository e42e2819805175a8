/// The numbered values that a pickle refers back to.
///
/// Python numbers them from 0 without gaps, so they are an array; other numbers go to a dictionary, so that a hostile
/// number costs no memory.
struct PickleMemo {
    private var dense: [PickleNodeID] = []
    private var sparse: [UInt64: PickleNodeID] = [:]

    var count: Int { dense.count + sparse.count }

    func value(_ index: UInt64) throws(PickleFault) -> PickleNodeID {
        if index < UInt64(dense.count) { return dense[Int(index)] }
        guard let id = sparse[index] else {
            throw PickleFault(.unknownMemo, "memo entry \(index) was never stored")
        }
        return id
    }

    mutating func store(_ id: PickleNodeID, at index: UInt64) {
        if index < UInt64(dense.count) {
            dense[Int(index)] = id
        } else if index == UInt64(dense.count), sparse[index] == nil {
            dense.append(id)
        } else {
            sparse[index] = id
        }
    }
}
