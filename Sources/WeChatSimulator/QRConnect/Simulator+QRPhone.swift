import Foundation

/// The phone's side of a QR code: a page for people, and `/simulator/qrconnect/…` for tests.
extension Simulator {
    private struct QROrder: Decodable {
        let uuid: String
        let user: String?
    }

    /// `/connect/confirm`, which the QR code stands for: to open it is to scan.
    func showQRQuestion(_ request: SimulatorRequest) async throws(Behaviour.PatchError) -> SimulatorResponse {
        let uuid = FormParameters(request.query)["uuid"] ?? ""
        let behaviour = try behaviour(app: nil, user: nil, for: request)
        guard let user = visitor(request, behaviour) else {
            return Pages.message("没有这个模拟用户", "No such simulated person: see SIMULATOR-USER.", status: 404)
        }
        do throws(QRProblem) {
            try scanQRCode(uuid, user: user.id)
            guard let ticket = qrTickets.tickets[uuid] else { throw .unknownCode }
            return QRPages.question(ticket, user, english: request.prefersEnglish)
        } catch {
            return Pages.message("二维码已失效", "This code has expired or is used up. Show a new one at the desktop.")
        }
    }

    /// The tap on that page.
    func decideQR(_ request: SimulatorRequest) async -> SimulatorResponse {
        let parameters = request.parameters
        let uuid = parameters["uuid"] ?? ""
        do throws(QRProblem) {
            guard parameters["decision"] == "allow" else {
                try refuseQRCode(uuid)
                return Pages.message("已拒绝", "Refused. The desktop is told no more than that.")
            }
            try await confirmQRCode(uuid)
            return Pages.message("已登录", "Signed in at the desktop. This page may be closed.")
        } catch {
            return Pages.message("二维码已失效", "This code has expired or is used up. Show a new one at the desktop.")
        }
    }

    /// `scan`, `confirm` (which scans too) or `refuse`.
    func qrControl(_ action: String, _ request: SimulatorRequest) async -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(QROrder.self, from: Data(request.body)) else {
            return Self.refusal(400, #"Send {"uuid": "…", "user": "alice"}."#)
        }
        do throws(QRProblem) {
            switch action {
            case "scan":
                try scanQRCode(order.uuid, user: order.user)
                return Self.json(["status": "scanned"])
            case "confirm":
                try scanQRCode(order.uuid, user: order.user)
                return Self.json(["status": "confirmed", "address": try await confirmQRCode(order.uuid)])
            case "refuse":
                try scanQRCode(order.uuid, user: order.user)
                try refuseQRCode(order.uuid)
                return Self.json(["status": "refused"])
            default:
                return Self.refusal(404, "A QR code has scan, confirm and refuse.")
            }
        } catch {
            switch error {
            case .unknownCode: return Self.refusal(404, "No such code, or it has expired or is used up.")
            case .unknownUser: return Self.refusal(404, "No person has this id.")
            case .notScanned: return Self.refusal(409, "Scan it first.")
            }
        }
    }
}
