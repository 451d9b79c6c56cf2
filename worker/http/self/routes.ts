// What an employee sees and does with their own key, below /me.

import type { AdminApp } from '../admin/dependencies.ts';
import { approvalRoutes } from './approvals.ts';
import { ownDelegationRoutes } from './delegations.ts';
import { breakGlassRoutes } from './break-glass.ts';
import { ownRequestRoutes } from './requests.ts';
import { standingRoutes } from './standing.ts';

export function selfRoutes(app: AdminApp): void {
  standingRoutes(app);
  ownRequestRoutes(app);
  breakGlassRoutes(app);
  approvalRoutes(app);
  ownDelegationRoutes(app);
}
