import Foundation
import Testing
import WeChat

@testable import IdP

/// Configuration files with a slip of the pen, by the hundred.
@Suite struct ConfigurationFuzzTests {
    private static let pieces = [
        ":", "- ", "\n", "  ", "\t", "#", "'", "\"", "[", "]", "{", "}", "*", "&a ", "*a", "!!binary ", "!!str ", "|\n",
        ">\n",
        "${", "}", "${WEB_SECRET}", "${NOPE}", "~", "null", "true", "0", "-1", "1e9", "99999999999999999999", "\u{0}",
        "\u{FEFF}",
        "\u{85}", "\u{2028}", "é", "---\n", "...\n", "%YAML 1.1\n", "<<: ", "? ", "public_url", "javascript:",
        "http://", "../",
        "\u{301}", "pools:", "0s", "@", "`", ",", "=",
    ]

    private static func mutated(_ text: String, _ chance: inout FuzzChance) -> String {
        guard chance.below(3) == 0 else { return chance.mutated(text, with: pieces) }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let place = chance.below(lines.count)
        switch chance.below(5) {
        case 0: lines.remove(at: place)
        case 1: lines.insert(lines[place], at: place)
        case 2: lines.swapAt(place, chance.below(lines.count))
        case 3: lines[place] = "  " + lines[place]
        default: lines[place] = String(lines[place].dropFirst(2))
        }
        return lines.joined(separator: "\n")
    }

    @Test("either it is right, or every problem says where, what and what to do; no secret is in it")
    func mutations() {
        var chance = FuzzChance(seed: 20_260_111)
        let secrets = Array(ConfigurationText.environment.values)
        var (good, bad) = (0, 0)
        for _ in 0..<1200 {
            let text = Self.mutated(ConfigurationText.design, &chance)
            do {
                Self.expectSound(try ConfigurationText.parse(text), text)
                good += 1
            } catch {
                bad += 1
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(!error.problems.isEmpty, "\(text)")
                for problem in error.problems {
                    #expect(!problem.key.isEmpty && !problem.message.isEmpty && !problem.remedy.isEmpty, "\(problem)")
                    #expect(problem.line.map { (1...(lines + 1)).contains($0) } ?? true, "\(problem)\n\(text)")
                    #expect(!secrets.contains { problem.description.contains($0) }, "\(problem)")
                }
            }
        }
        #expect(good > 100 && bad > 300, "\(good) good, \(bad) bad")
    }

    /// What must hold of anything that the program starts with.
    private static func expectSound(_ configuration: Configuration, _ text: String) {
        let url = configuration.publicURL
        #expect(url.scheme == .https || url.isLoopback || text.contains("allow_http"), "\(text)")
        #expect(!configuration.pools.isEmpty, "\(text)")
        for pool in configuration.pools {
            for connection in pool.connections {
                #expect(!connection.appSecret.exposeSecret().isEmpty && !connection.appID.rawValue.isEmpty, "\(text)")
                #expect(!["~", "null"].contains(connection.appSecret.exposeSecret()), "\(text)")
                if let proof = connection.domainProof {
                    #expect(DomainProof.isFileName(proof.fileName) && DomainProof.isContent(proof.content), "\(text)")
                }
            }
            for application in pool.applications {
                for address in application.redirectURIs + application.postLogoutRedirectURIs {
                    let problem = RedirectURI.problem(
                        with: address, kind: application.kind, allowsPlainHTTP: text.contains("allow_http"))
                    #expect(problem == nil, "\(text)")
                }
                switch application.authentication {
                case .clientSecretBasic(let secret), .clientSecretPost(let secret):
                    #expect(!["", "~", "null"].contains(secret.exposeSecret()), "\(text)")
                case .privateKeyJWT:
                    break
                case .none:
                    // The example has a confidential client; only a lost or renamed line may turn it public.
                    #expect(!text.contains("        client_secret: ${WEB_SECRET}"), "\(text)")
                }
            }
        }
    }

    @Test("a text of pieces never crashes")
    func pieces() {
        var chance = FuzzChance(seed: 20_260_112)
        for _ in 0..<1000 {
            let text = chance.text(
                of: Self.pieces + ["public_url: https://a.example\n", "pools:\n", "  - id: default\n"], upTo: 12)
            #expect(!ConfigurationText.problems(text).isEmpty, "\(text)")
        }
    }
}
