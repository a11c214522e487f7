import type { ImportedAccount, Sandbox } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import type { IssuedCredential } from './credentials.ts'
import { startKiroSimulator } from './index.ts'

/** Said before every answer, because nobody may take it for a model's. */
const MARKER = '[sandbox] This answer is simulated. For real ones, add an account: kiro-gateway accounts import FILE\n\n'

/** Starts a simulated service with two accounts, for a gateway that has none of its own. */
export async function startSandbox(options: { readonly port?: number } = {}): Promise<Sandbox<KiroCredential>> {
  // What people type into the sandbox is theirs: no journal. Clients of all sorts come here: only what the service itself forgives too.
  const simulator = await startKiroSimulator({ ...options, marker: MARKER, rotation: 'grace', validation: 'lenient', journal: false })
  const { origin } = simulator
  return {
    origin,
    accounts: [
      sandboxAccount('sandbox-social', 'social', simulator.issue('social')),
      sandboxAccount('sandbox-builder-id', 'builder-id', simulator.issue('builder-id')),
    ],
    options: { apiUrl: origin, authUrl: origin, oidcUrl: origin, managementUrl: origin },
    close: () => simulator.close(),
  }
}

function sandboxAccount(label: string, kind: KiroCredential['kind'], issued: IssuedCredential): ImportedAccount<KiroCredential> {
  const { accessToken, refreshToken, expiresAt, clientId, clientSecret, region, provider, profileArn } = issued
  return {
    label,
    credential: {
      kind,
      ...(accessToken === undefined ? {} : { accessToken }),
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(region === undefined ? {} : { authRegion: region }),
      ...(provider === undefined ? {} : { identityProvider: provider }),
      ...(profileArn === undefined ? {} : { profileArn }),
    },
  }
}
