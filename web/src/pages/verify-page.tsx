import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { verify } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { PageLoading } from "../components/page-loading.tsx";
import { takeMailedToken } from "../session/mailed-token.ts";

/** Where the link of the sign-up mail leads: it is answered at once, and the login page says how it went. */
export function VerifyPage() {
  const [, navigate] = useLocation();
  const answered = useRef(false);
  const { mutate } = useMutation({
    mutationFn: (token: string) => api.call(verify, { json: { token } }),
    onSuccess: () => navigate("/login?verified=1", { replace: true }),
    onError: () => navigate("/login?verified=0", { replace: true }),
  });
  useEffect(() => {
    // Once, also where React runs effects twice: the token works once.
    if (answered.current) return;
    answered.current = true;
    mutate(takeMailedToken() ?? "");
  }, [mutate]);
  return <PageLoading />;
}
