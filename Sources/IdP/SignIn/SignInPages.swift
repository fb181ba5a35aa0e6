/// The pages on the way through a sign-in, but for those of a scan.
struct SignInPages: Sendable {
    let renderer: PageRenderer
    /// True where a simulator stands in for WeChat, so that any browser can go on.
    let isSimulated: Bool

    // MARK: Inside WeChat

    /// One button, which begins a trip to WeChat.
    func tap(
        _ purpose: WeChatRound.Purpose, link: String, skip: String, pool: Pool, _ language: Language
    ) -> Page {
        let text: PageText =
            switch purpose {
            case .silent, .newPerson, .website, .websiteFrame: .signIn
            case .profile: .askProfile
            case .reauthentication: .signInAgain
            }
        let words = text.words(language)
        return Page(
            marker: text.rawValue, icon: text.icon, heading: words.heading, paragraphs: words.paragraphs,
            primary: .init(label: words.action ?? words.heading, href: link),
            secondary: purpose == .profile ? .init(label: language.skipLabel, href: skip) : nil, poolName: pool.name)
    }

    /// What the application gets, and whether it may.
    func confirm(
        _ request: SignInRequest, of application: Application, action: String, pool: Pool, _ language: Language
    ) -> Page {
        let words = PageText.confirm.words(language)
        return Page(
            marker: PageText.confirm.rawValue, icon: .app, heading: words.heading, paragraphs: words.paragraphs,
            details: [
                (language.applicationLabel, application.name),
                (language.returnAddressLabel, HTTPURL(request.redirectURI)?.origin ?? request.redirectURI),
                (
                    language.scopesLabel,
                    language.describe(scopes: request.scopes + UserClaims.scopes(of: request.claims))
                ),
            ],
            form: .init(action: action, allowLabel: words.action ?? words.heading, denyLabel: language.denyLabel),
            poolName: pool.name)
    }

    /// A website app is of no use inside WeChat.
    func openElsewhere(pool: Pool, _ language: Language) -> Page {
        let words = PageText.openElsewhere.words(language)
        return Page(
            marker: PageText.openElsewhere.rawValue, icon: PageText.openElsewhere.icon, heading: words.heading,
            paragraphs: words.paragraphs, poolName: pool.name)
    }

    // MARK: Outside WeChat

    /// A phone's other browser: open it in WeChat, or scan with another phone.
    func openInWeChat(here: String, otherPhone: String, pool: Pool, _ language: Language) -> Page {
        let words = PageText.openInWeChat.words(language)
        return Page(
            marker: PageText.openInWeChat.rawValue, icon: .wechat, heading: words.heading,
            paragraphs: words.paragraphs + (isSimulated ? [language.simulatorHint] : []),
            primary: isSimulated ? words.action.map { .init(label: $0, href: here) } : nil,
            secondary: .init(label: language.otherPhoneLabel, href: otherPhone), poolName: pool.name)
    }

    /// WeChat's own QR code in a frame; the button opens it in the whole window, for browsers that show no frame.
    func website(
        frame: Page.Frame, link: String, scan: String?, here: String?, pool: Pool, _ language: Language
    ) -> Page {
        let words = PageText.website.words(language)
        var others: [Page.Link] = []
        if let scan { others.append(.init(label: language.scanCodeLabel, href: scan)) }
        if let here { others.append(.init(label: language.stayHereLabel, href: here)) }
        return Page(
            marker: PageText.website.rawValue, icon: nil, heading: words.heading, paragraphs: words.paragraphs,
            frame: frame,
            primary: .init(label: words.action ?? words.heading, href: link), others: others, poolName: pool.name)
    }

    /// What comes back in the frame: nothing but the way to the whole window.
    func leavingFrame(to address: String, pool: Pool, _ language: Language) -> Page {
        let words = PageText.leavingFrame.words(language)
        return Page(
            marker: PageText.leavingFrame.rawValue, icon: nil, heading: words.heading, paragraphs: words.paragraphs,
            primary: .init(label: words.action ?? words.heading, href: address), script: .leavingFrame,
            poolName: pool.name)
    }
}
