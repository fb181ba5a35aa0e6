import CQREncode

/// A QR code as one path of an SVG image.
///
/// The only place that calls libqrencode. Error correction is level M, 15 %; the quiet zone of four squares is part of it.
struct QRPicture: Sendable {
    private static let quietZone = 4

    /// Squares a side, the quiet zone included.
    let side: Int
    /// The dark squares: runs of a row, one unit high.
    let path: String

    /// Nil for a text that no QR code can hold.
    init?(encoding text: String) {
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        guard let squares = code.pointee.data else { return nil }
        // The lowest bit of each byte says whether the square is dark.
        let isDark = UnsafeBufferPointer(start: squares, count: width * width).map { $0 & 1 == 1 }
        side = width + 2 * Self.quietZone
        path = (0..<width).map { row in Self.runs(isDark[row * width..<(row + 1) * width], row) }.joined()
    }

    private static func runs(_ row: ArraySlice<Bool>, _ y: Int) -> String {
        var path = ""
        var rest = row
        while let start = rest.firstIndex(of: true) {
            let end = rest[start...].firstIndex(of: false) ?? rest.endIndex
            path += "M\(start - row.startIndex + quietZone) \(y + quietZone)h\(end - start)v1h-\(end - start)z"
            rest = rest[end...]
        }
        return path
    }
}
