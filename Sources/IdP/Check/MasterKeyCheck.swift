import Foundation

/// The file that everything sealed depends on.
struct MasterKeyCheck: Sendable {
    let path: String

    func finding() -> CheckFinding {
        guard FileManager.default.fileExists(atPath: path) else {
            return CheckFinding(.masterKey, .ok, path, "not there yet; the first start makes it")
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            return CheckFinding(
                .masterKey, .failed, path, "this user can't read it", remedy: "run as the provider's user, or chown it")
        }
        guard !MasterKey.isReadableByOthers(path: path) else {
            return CheckFinding(
                .masterKey, .warning, path, "other users of this machine can read it", remedy: "chmod 600 \(path)")
        }
        return CheckFinding(.masterKey, .ok, path, "readable by its owner only; keep a copy apart from the database")
    }
}
