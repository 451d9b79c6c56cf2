// How the description of the API says that a route takes an employee's own key, or a token of their sign-on.

export const KEY_SECURITY = [{ employeeKey: [] }, { signOn: [] }];
