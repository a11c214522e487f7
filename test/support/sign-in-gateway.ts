import { startTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.ts'
import { LoginProcess } from './login-process.ts'

export interface SignInGateway {
  readonly gateway: TestGateway
  /** Begins `login kiro` beside the gateway, on its data. */
  login(args: readonly string[], more?: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> }): LoginProcess
  close(): Promise<void>
}

/** A gateway without accounts, which `login` is to give some. */
export async function startSignInGateway(options: TestGatewayOptions = {}): Promise<SignInGateway> {
  const gateway = await startTestGateway({ accounts: [], ...options })
  const begun: LoginProcess[] = []
  return {
    gateway,
    login(args, more = {}) {
      const process = new LoginProcess({ folder: gateway.folder, origin: gateway.simulator.origin, arguments: args, ...more })
      begun.push(process)
      return process
    },
    async close() {
      for (const process of begun) process.end()
      await gateway.close()
    },
  }
}
