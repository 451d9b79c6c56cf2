// Who may call what: one row for each operation, and what has no row here cannot be called. A lead reads what is their own
// team's: where the path does not name a team, the query has to. What a member may, they may for themselves alone.

import type { Role } from '../../../schema/roles.ts';
import type { OperationId } from './operations.ts';

type Roles = readonly Role[];

const ADMIN: Roles = ['admin'];
const READ: Roles = ['admin', 'auditor'];
const READ_COMPANY: Roles = ['admin', 'auditor', 'finance', 'approver'];
const READ_MONEY: Roles = ['admin', 'auditor', 'finance'];
const READ_TEAM: Roles = ['admin', 'auditor', 'lead'];
const READ_TEAM_MONEY: Roles = ['admin', 'auditor', 'finance', 'lead'];
const READ_FOR_DECISION: Roles = ['admin', 'auditor', 'finance', 'approver', 'lead'];
const DECIDE: Roles = ['admin', 'approver'];
const SELF: Roles = ['member'];

export const rolesFor: Readonly<Record<OperationId, Roles>> = {
  createTeam: ADMIN,
  listTeams: READ_COMPANY,
  getTeam: READ_FOR_DECISION,
  updateTeam: ADMIN,
  deleteTeam: ADMIN,
  putMember: ADMIN,
  listMembers: READ_TEAM,
  removeMember: ADMIN,
  createKey: ADMIN,
  listKeys: READ_TEAM,
  revokeKey: ADMIN,
  putBudget: ADMIN,
  listBudgets: READ_FOR_DECISION,
  deleteBudget: ADMIN,
  putTeamLimits: ADMIN,
  getTeamLimits: READ_TEAM,
  deleteTeamLimits: ADMIN,
  suspendTeam: ADMIN,
  getTeamSuspension: READ_TEAM,
  liftTeamSuspension: ADMIN,
  putMemberLimits: ADMIN,
  getMemberLimits: READ_TEAM,
  deleteMemberLimits: ADMIN,
  suspendMember: ADMIN,
  getMemberSuspension: READ_TEAM,
  liftMemberSuspension: ADMIN,
  putKeyLimits: ADMIN,
  getKeyLimits: READ_TEAM,
  deleteKeyLimits: ADMIN,
  suspendKey: ADMIN,
  getKeySuspension: READ_TEAM,
  liftKeySuspension: ADMIN,
  listRestrictions: READ_TEAM,
  putPolicy: ADMIN,
  getPolicy: READ_FOR_DECISION,
  putMemberPolicy: ADMIN,
  getMemberPolicy: READ_FOR_DECISION,
  deleteMemberPolicy: ADMIN,
  listMemberPolicies: READ_FOR_DECISION,
  getLedger: READ_FOR_DECISION,
  verifyLedger: READ_MONEY,
  forecastBudgets: READ_FOR_DECISION,
  putModel: ADMIN,
  getModel: READ_COMPANY,
  listModels: READ_COMPANY,
  deleteModel: ADMIN,
  putPhaseOut: ADMIN,
  getPhaseOut: READ_COMPANY,
  listPhaseOuts: READ_COMPANY,
  deletePhaseOut: ADMIN,
  listUsageEvents: READ_TEAM_MONEY,
  summarizeUsage: READ_TEAM_MONEY,
  getInsights: READ_TEAM_MONEY,
  listThresholdEvents: READ_TEAM_MONEY,
  putApprovalPolicy: ADMIN,
  getApprovalPolicy: READ_FOR_DECISION,
  putWebhook: ADMIN,
  // The address of one in Slack is all that it takes to write there.
  listWebhooks: ADMIN,
  getWebhook: ADMIN,
  deleteWebhook: ADMIN,
  listDeliveries: READ,
  rotateWebhookSecret: ADMIN,
  testWebhook: ADMIN,
  putSlackUser: ADMIN,
  listSlackUsers: READ,
  getSlackUser: READ,
  deleteSlackUser: ADMIN,
  listRequests: READ_FOR_DECISION,
  getRequest: READ_COMPANY,
  approveRequest: DECIDE,
  denyRequest: DECIDE,
  listDelegations: READ_COMPANY,
  listGrants: READ_FOR_DECISION,
  revokeGrant: DECIDE,
  listAudit: READ,
  verifyAudit: READ,
  getSelf: SELF,
  summarizeOwnUsage: SELF,
  createRequest: SELF,
  listOwnRequests: SELF,
  withdrawRequest: SELF,
  listApprovals: SELF,
  approveAsLead: SELF,
  denyAsLead: SELF,
  createDelegation: SELF,
  listOwnDelegations: SELF,
  revokeDelegation: SELF,
};
