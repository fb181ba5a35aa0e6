/// A picture that looks like a QR code and holds nothing: no camera is there to read it.
enum QRPicture {
    private static let size = 25

    /// The same for the same text.
    static func svg(_ text: String) -> String {
        var state = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var path = ""
        for row in 0..<size {
            for column in 0..<size {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                if isDark(row, column) ?? (state >> 63 == 1) { path += "M\(column) \(row)h1v1h-1z" }
            }
        }
        return """
            <svg viewBox="-2 -2 \(size + 4) \(size + 4)" width="220" height="220" role="img" aria-hidden="true" \
            shape-rendering="crispEdges"><rect x="-2" y="-2" width="100%" height="100%" fill="#fff"/>\
            <path d="\(path)" fill="#191919"/></svg>
            """
    }

    /// The three squares in the corners; nil elsewhere.
    private static func isDark(_ row: Int, _ column: Int) -> Bool? {
        for (top, left) in [(0, 0), (0, size - 7), (size - 7, 0)] {
            let distance = max(abs(row - top - 3), abs(column - left - 3))
            if distance <= 4 { return distance != 2 && distance != 4 }
        }
        return nil
    }
}
