/// A self-signed certificate with its key, and keys that do not fit; made for these tests and used nowhere else.
enum TLSFixture {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBozCCAUqgAwIBAgIUXcCS0c7TaEGme8XaS8BLc2Yoyd0wCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOaWQuZXhhbXBsZS5jb20wIBcNMjYxMTIxMDkzMzIzWhgPMjEy
        NjEwMjgwOTMzMjNaMBkxFzAVBgNVBAMMDmlkLmV4YW1wbGUuY29tMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEG56RLuTqxLMNv4P0L0AU4KO3kd2oNv1DgGo3fj0r
        o8g86GXUC6PMTkwNSRj/+qdov4iASDVF3KMsLI30jgFEi6NuMGwwHQYDVR0OBBYE
        FGT5QVP5hTeX4lXqIsf9ZHODzp2hMB8GA1UdIwQYMBaAFGT5QVP5hTeX4lXqIsf9
        ZHODzp2hMA8GA1UdEwEB/wQFMAMBAf8wGQYDVR0RBBIwEIIOaWQuZXhhbXBsZS5j
        b20wCgYIKoZIzj0EAwIDRwAwRAIgVRRXVY211y8lb9zGCOob0siVJZ2cV7GW1+WM
        AJGToMUCIH2jnZOsds9vDA8VMcL9Ndnr9dd/f8JR3Q0WS9yXyaGX
        -----END CERTIFICATE-----

        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzY6jOqRx3tFm9UpI
        3rvKBpyjBso8SQ0m1vAZctA48o+hRANCAAQbnpEu5OrEsw2/g/QvQBTgo7eR3ag2
        /UOAajd+PSujyDzoZdQLo8xOTA1JGP/6p2i/iIBINUXcoywsjfSOAUSL
        -----END PRIVATE KEY-----

        """

    /// Of another certificate.
    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2SY+F063BOmvn3Mu
        lznC7FE121aK539dAFcv0Pknk3ShRANCAAS9/hFABS+Y34riJYN54XIAjuaS0Qfw
        vzVw0UD4ws9bCT+1x5vwa8QHoQVHUEzFRhCiR9+yYtPcLRG46OD/TnVy
        -----END PRIVATE KEY-----

        """

    /// Under a passphrase.
    static let lockedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhJamwqnB8d8QICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEN5S2Iy+n5CAcEUxex/F6YEEgZDs
        /jpXYmSAJqMO1HXnavkLSHJHd2x3UwiT9d1/a7nWuXTFSgza+GpcQu43UiSQosTM
        VPHwEwLoQtVUC9tIH8WJj2Y34M6sddXvlk3vxyjwe07N+33UJjRCwbe9zdK3VVLG
        ob/LRwSGNejBXN4jYxsLoHuXJww9zsH63Dm5moR7+wORyw80WQkOTK4IuJhLqTQ=
        -----END ENCRYPTED PRIVATE KEY-----

        """
}
