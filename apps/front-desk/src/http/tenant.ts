import { createMiddleware } from 'hono/factory'
import { RequestProblem } from './problem.ts'

export type TenantEnv = { Variables: { tenantId: string } }

/** In this sample a header says who calls. A real service takes the tenant from what it has authenticated. */
export const requireTenant = createMiddleware<TenantEnv>(async (context, next) => {
  const tenantId = context.req.header('X-Tenant')
  if (!tenantId) {
    throw new RequestProblem('tenant-missing', 'Name the tenant in the header X-Tenant, such as "X-Tenant: demo".')
  }
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(tenantId)) {
    throw new RequestProblem('tenant-invalid', 'X-Tenant takes 1 to 64 letters, digits, dots, hyphens and underscores.')
  }
  context.set('tenantId', tenantId)
  await next()
})
