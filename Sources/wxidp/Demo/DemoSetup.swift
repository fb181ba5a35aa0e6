import Foundation
import IdP

/// The demonstration's addresses and configuration; the latter is an ordinary file that the provider reads.
struct DemoSetup: Sendable {
    let firstPort: Int

    var provider: String { "http://127.0.0.1:\(firstPort)" }
    var simulatorPort: Int { firstPort + 2 }
    var simulator: String { "http://127.0.0.1:\(simulatorPort)" }
    var sitePort: Int { firstPort + 3 }
    var site: String { "http://127.0.0.1:\(sitePort)" }
    var issuer: String { provider + "/oidc" }
    let clientID = "demo-shop"

    /// The configuration as a file's text.
    var yaml: String {
        """
        public_url: \(provider)
        listen: 127.0.0.1:\(firstPort)
        ops_listen: 127.0.0.1:\(firstPort + 1)
        database: sqlite:wxidp.sqlite
        master_key_file: master.key
        wechat:
          open_url: \(simulator)
          api_url: \(simulator)
        pools:
          - id: default
            name: 青禾书店 Green Field Books
            default_application: \(clientID)
            connections:
              - identifier: wechat-mp
                kind: official_account
                app_id: wx0123456789abcdef
                app_secret: 0123456789abcdef0123456789abcdef
                open_platform: demo
                callback_url: \(site)/auth/callback
                txt_filename: MP_verify_abcdefgh12345678.txt
                txt_content: abcdefgh12345678
              - identifier: wechat-pc
                kind: website
                app_id: wx0123456789abcde0
                app_secret: 0123456789abcdef0123456789abcdef
                open_platform: demo
                callback_url: \(site)/auth/callback
            applications:
              - client_id: \(clientID)
                client_name: 青禾书店 Green Field Books
                redirect_uris:
                  - \(site)/auth/callback
                  - http://localhost:\(sitePort)/auth/callback
                connections: [wechat-mp]
              - client_id: \(clientID)-desktop
                client_name: 青禾书店 Green Field Books
                redirect_uris:
                  - \(site)/auth/callback
                connections: [wechat-mp, wechat-pc]
        """
    }

    /// Why the demonstration can't start.
    enum Failure: Error, CustomStringConvertible {
        case portInUse(Int, firstPort: Int)

        var description: String {
            switch self {
            case .portInUse(let port, let firstPort):
                "port \(port) is in use; stop the program that uses it, or choose others: bin/demo --port \(firstPort + 1000)"
            }
        }
    }

    /// Looks before anything starts, so that a port in use is one clear line.
    func requireFreePorts() throws {
        for port in firstPort...sitePort where !Self.isFree(port) {
            throw Failure.portInUse(port, firstPort: firstPort)
        }
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
