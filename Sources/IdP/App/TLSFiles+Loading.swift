import NIOSSL

extension Configuration.TLSFiles {
    /// Why the files do not serve.
    public enum Failure: Error, CustomStringConvertible {
        /// Not PEM, or without a certificate.
        case certificate(path: String)
        /// Not a PEM private key, or one with a passphrase.
        case key(path: String)
        /// Both can be read, but not used together.
        case mismatch(certificate: String, key: String)

        /// What is wrong, and the remedy.
        public var description: String {
            switch self {
            case .certificate(let path):
                "tls.certificate: \(path) holds no PEM certificate; name the full chain, leaf first"
            case .key(let path):
                "tls.key: \(path) holds no PEM private key without a passphrase; name the certificate's key"
            case .mismatch(let certificate, let key):
                "tls: \(key) is not the key of \(certificate); name the two files that were issued together"
            }
        }
    }

    /// Reads both files and makes sure that they belong together.
    ///
    /// TLS 1.2 and 1.3.
    ///
    /// - Throws: `Failure`, with a text for the operator.
    public func serverConfiguration() throws -> TLSConfiguration {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), !chain.isEmpty else {
            throw Failure.certificate(path: certificate)
        }
        guard let privateKey = try? NIOSSLPrivateKey(file: key, format: .pem) else { throw Failure.key(path: key) }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        tls.minimumTLSVersion = .tlsv12
        guard (try? NIOSSLContext(configuration: tls)) != nil else {
            throw Failure.mismatch(certificate: certificate, key: key)
        }
        return tls
    }
}
