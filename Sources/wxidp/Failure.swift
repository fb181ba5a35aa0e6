import ArgumentParser
import Foundation
import IdP
import NIOCore

/// Ends the program with one clear line and exit code 1.
enum Failure {
    /// Runs `body`; an error becomes text on standard error.
    static func reporting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let code as ExitCode {
            throw code
        } catch {
            FileHandle.standardError.write(Data("wxidp: \(text(error))\n".utf8))
            throw ExitCode.failure
        }
    }

    private static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError where error.errnoCode == EADDRINUSE:
            "an address to listen on is already in use; stop the other program or choose another port (listen, ops_listen, --port)"
        case let error as IOError where error.errnoCode == EACCES:
            "this user may not listen on that port; choose one above 1023"
        default: "\(error)"
        }
    }
}
