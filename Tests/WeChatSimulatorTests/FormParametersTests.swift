import Testing

@testable import WeChatSimulator

@Suite("Parameters")
struct FormParametersTests {
    @Test(
        "are decoded strictly",
        arguments: [
            ("%41", "A"), ("%4a", "J"), ("a+b", "a b"), ("%+F", "% F"), ("%-1", "%-1"), ("%", "%"), ("%4", "%4"),
            ("%zz", "%zz"), ("%E6%80%81", "态"),
        ]
    )
    func decoded(written: String, value: String) {
        #expect(FormParameters("x=\(written)")["x"] == value)
    }
}
