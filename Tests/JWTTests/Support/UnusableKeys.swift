/// Keys that are refused.
enum UnusableKeys {
    static let privateKeyOf1024Bits = """
        -----BEGIN PRIVATE KEY-----
        MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAMi7LcPwfEB6ip9Z
        cSMQh21dErjKfG16wi2EV3eufYVzLAOH0wi7P5ISOBNBCa9nvYMl1iCbWhyL3uCE
        5kZxLm4MVL5oAkVIk5scPq4ScVTvUkaM+G+UHrZ/m0fRjyVIAfY4PMnbnoLLha4m
        lrj7xVz/tdae9ARxmvSAuLkXdXznAgMBAAECgYEArHkgRqaArIpeR7L7YiyWoKKD
        LqJVLWB4LdHzsdMM6Thfjh0LeAokAieDZQ/R+ZQCowhEpzm0wKhx9apbjhU71S6G
        aSKnLMXPqbZCTrH2iWUfZI+3pcXZ27nX5hZmr+JoBqNWL6eI+5FMYzc2qq8Q8CTA
        OEKtnqCih5sDURq/7jkCQQDx0cGHWFQAGkNt6JqV/YdhX7Ks2+99huXpq72kNhCF
        RrB/mnb5Ix3W8dpSBFMUkDvclV0yY3iQ2jA7HxrxZZG1AkEA1ICZGi5DADJjS/4/
        p9XjxMevlFEC1GEr7vccBZVjshH3wvyNRvDMjEUjy4Hfh0HvYXQOSOHYKDtcygtY
        MRYlqwJAJlN7W8spDRcchsft8EXNdiZnuDPngjqmJ+HbXbJf7e+lO6QspRHmwdF1
        K7iZvlGZ2z0lFz5itnqOWGB2sbnKXQJAQOrsWsApPcUm6o9IeQhxparvK5s4BxOM
        bVtWVypVI5AzpYCr1DE5+9wfXEtXsyVkcNwYhRFhjKDd7udaUNyYMwJBAIHGMyI2
        II8Eit1KowBRR1C9RUBPETeO3fLSSmrcxi7Kf2QamWFYp5nOW54jMQE2e1DruZT6
        lDbFTRnZOobqQ3o=
        -----END PRIVATE KEY-----

        """

    static let publicKeyOf1024Bits = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDIuy3D8HxAeoqfWXEjEIdtXRK4
        ynxtesIthFd3rn2FcywDh9MIuz+SEjgTQQmvZ72DJdYgm1oci97ghOZGcS5uDFS+
        aAJFSJObHD6uEnFU71JGjPhvlB62f5tH0Y8lSAH2ODzJ256Cy4WuJpa4+8Vc/7XW
        nvQEcZr0gLi5F3V85wIDAQAB
        -----END PUBLIC KEY-----

        """

    static let ellipticCurveKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqPt3x6J+p9vk8to+
        Ms0y9eLd4eVL80+CDZYtdPnuoS2hRANCAAR4EXSbnPdMTvlXVd2TuZcDtXLGCsMs
        zJ/ydFttgPXUT3HfZVaXCQoc/63fCIyD79CNAxi4EpMDdr3x6dxBQ8de
        -----END PRIVATE KEY-----

        """
}
